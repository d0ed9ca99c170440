import { maxValueChars, reach, shapeOf, takes } from './prefixField.ts';
import { type Escape, type PrefixToken, prefixTokens } from './prefixTokens.ts';
import { type Severity, severityAt } from './severityAt.ts';

/** The values of a prefix by escape; those that a process without a session did not write are absent. */
export type PrefixFields = Readonly<Partial<Record<Escape, string>>>;

/** Where the values of a prefix stand in one line. Used again for the next line. */
export interface PrefixMatch {
  readonly severity: Severity;
  /** The value of an escape; undefined where the line has none. */
  readonly value: (escape: Escape) => string | undefined;
}

/** A `log_line_prefix` that was compiled: how lines are read, or why they cannot be. */
export type Prefix =
  | {
      readonly decodable: true;
      /** The prefix's values and the severity behind it; undefined where the line does not begin so. Linear. */
      readonly scan: (line: string) => { fields: PrefixFields; severity: Severity } | undefined;
      /** The same without making a string of each value: what it returns is valid until the next call. */
      readonly match: (line: string) => PrefixMatch | undefined;
    }
  | { readonly decodable: false; readonly problem: string };

/** What `check` and the source recommend where a prefix cannot be decoded. */
export const recommendedPrefix = '%m [%p] %q%u@%d,%a ';

type Field = Extract<PrefixToken, { is: 'field' }>;

/**
 * Compiles a `log_line_prefix` into a scanner that passes over each line once and never steps back. Regular
 * expressions are no choice here: those made from prefixes took half a minute on one hostile line.
 *
 * Free text (`%a %u %d %h %r %b %i %L`) ends at the first place where the literal behind it stands, so that it needs
 * one; numbers and timestamps end by themselves, unless what follows could be a part of them. A prefix that breaks
 * these rules is refused with a problem in words.
 *
 * @param major - Of the server, for which escapes exist. Default: the newest.
 */
export function compilePrefix(prefix: string, major = 18): Prefix {
  const tokens = prefixTokens(prefix, major);
  const stop = tokens.findIndex(({ is }) => is === 'session');
  const full = tokens.filter(({ is }) => is !== 'session');
  const variants = stop < 0 ? [full] : [full, tokens.slice(0, stop)];
  const problem = variants.map(ambiguity).find((found) => found !== undefined);
  if (problem !== undefined) {
    return {
      decodable: false,
      problem: `log_line_prefix = '${prefix}' cannot be decoded: ${problem}; recommended: '${recommendedPrefix}'`,
    };
  }
  const matchers = variants.map(matcher);
  const match = (line: string): PrefixMatch | undefined => {
    for (const one of matchers) {
      const found = one(line);
      if (found) return found;
    }
    return undefined;
  };
  const escapes = new Set(full.flatMap((token) => (token.is === 'field' ? [token.escape] : [])));
  return {
    decodable: true,
    match,
    scan: (line) => {
      const found = match(line);
      if (!found) return undefined;
      const fields: Partial<Record<Escape, string>> = {};
      for (const escape of escapes) {
        const value = found.value(escape);
        if (value !== undefined) fields[escape] = value;
      }
      return { fields, severity: found.severity };
    },
  };
}

/** Why the end of some value could not be told, in words. */
function ambiguity(tokens: readonly PrefixToken[]): string | undefined {
  const [first] = tokens;
  if (first?.is === 'literal' && first.text.startsWith('\t')) {
    return 'a tab at the beginning marks lines that continue a message';
  }
  for (const [index, token] of tokens.entries()) {
    if (token.is !== 'field' || shapeOf(token.escape) === 'fixed') continue;
    const next = tokens[index + 1];
    const name = `%${token.escape}`;
    if (next?.is === 'field') return `nothing stands between ${name} and %${next.escape}`;
    if (next === undefined && needsLiteral(token)) return `nothing stands behind ${name}`;
    if (next?.is === 'literal' && takes(token.escape, next.text.charAt(0))) {
      return `'${next.text.charAt(0)}' behind ${name} could be a part of it`;
    }
  }
  return undefined;
}

/** Numbers end where the capital letter of a severity begins; timestamps end in letters, and free text in anything. */
const needsLiteral = ({ escape }: Field): boolean =>
  shapeOf(escape) === 'open' || escape === 't' || escape === 'm' || escape === 's';

/** A function that finds the values of one variant of a prefix. */
function matcher(tokens: readonly PrefixToken[]): (line: string) => PrefixMatch | undefined {
  // Two numbers for each token: where its value begins and ends.
  const bounds = new Int32Array(tokens.length * 2);
  const last = new Map(
    tokens.flatMap((token, index) =>
      token.is === 'field' ? [[token.escape, { index, padded: token.padding !== 0 }]] : [],
    ),
  );
  let current = '';
  const value = (escape: Escape): string | undefined => {
    const found = last.get(escape);
    if (!found) return undefined;
    const text = current.slice(bounds[found.index * 2], bounds[found.index * 2 + 1]);
    return (found.padded ? text.trim() : text) || undefined;
  };
  return (line) => {
    let at = 0;
    for (let index = 0; index < tokens.length; index++) {
      const token = tokens[index] as PrefixToken;
      if (token.is === 'literal') {
        if (!line.startsWith(token.text, at)) return undefined;
        at += token.text.length;
      } else if (token.is === 'field') {
        const next = tokens[index + 1];
        const end = endOf(token, line, at, next?.is === 'literal' ? next.text : undefined);
        if (end === undefined) return undefined;
        bounds[index * 2] = at;
        bounds[index * 2 + 1] = at = end;
      }
    }
    const severity = severityAt(line, at);
    if (!severity) return undefined;
    current = line;
    return { severity, value };
  };
}

/** The offset behind a value and its padding. */
function endOf(
  { escape, padding }: Field,
  line: string,
  at: number,
  literal: string | undefined,
): number | undefined {
  const least = padding === 0 ? at : skipBytes(line, at, Math.abs(padding));
  const leading = padding > 0 ? skipSpaces(line, at, least) : at;
  const own = leading === least && padding > 0 ? undefined : reach(escape, line, leading);
  if (own !== undefined) return padding === 0 ? own : Math.max(own, least);
  if (shapeOf(escape) !== 'open') return least;
  if (literal === undefined) return undefined;
  const longest = least + maxValueChars + literal.length;
  // What is looked for in a long line is looked for in its beginning alone.
  const head = line.length > longest ? line.slice(0, longest) : line;
  const found = head.indexOf(literal, least);
  return found < 0 || found + literal.length > longest ? undefined : found;
}

function skipSpaces(line: string, at: number, end: number): number {
  let next = at;
  while (next < end && line.charAt(next) === ' ') next++;
  return next;
}

/** The offset behind `bytes` bytes of UTF-8: the server pads by bytes. */
function skipBytes(line: string, at: number, bytes: number): number {
  let next = at;
  for (let left = bytes; left > 0 && next < line.length; next++) {
    const code = line.charCodeAt(next);
    left -= code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 2 : 3;
  }
  return next;
}
