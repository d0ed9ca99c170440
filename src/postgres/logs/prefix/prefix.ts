import { shapeOf, takes } from './prefixField.ts';
import { type PrefixMatch, PrefixMatcher } from './prefixMatcher.ts';
import { type PrefixToken, prefixTokens } from './prefixTokens.ts';
import { nameReader } from '../nameReader.ts';
import { type RawBytes, type TextOf, rawOf, textReader } from '../rawText.ts';
import { severityReader } from '../stderr/severityAt.ts';

/** A `log_line_prefix` that was compiled: how lines are read, or why they cannot be. */
export type Prefix =
  | {
      readonly decodable: true;
      /**
       * The prefix's values and the severity behind it in the line at `from` to `to`, valid until the next call;
       * undefined where the line does not begin so. Linear.
       */
      readonly match: (bytes: RawBytes, from: number, to: number) => PrefixMatch | undefined;
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
 * @param textOf - Reads the log's encoding. Default: UTF-8.
 */
export function compilePrefix(prefix: string, major = 18, textOf: TextOf = textReader()): Prefix {
  const tokens = prefixTokens(rawOf(prefix), major);
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
  const severityAt = severityReader(textOf);
  const nameOf = nameReader(textOf);
  const [matcher, other] = variants.map((one) => new PrefixMatcher(one, severityAt, nameOf));
  return {
    decodable: true,
    match: (bytes, from, to) => {
      if (matcher?.matches(bytes, from, to)) return matcher;
      return other?.matches(bytes, from, to) ? other : undefined;
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
