import { commandTag } from './commandTag.ts';
import { type Token, tokenize } from './tokenizer.ts';

export interface RedactOptions {
  /** Keeps literals and comments; statements that carry secrets by their grammar still become their tag. Default: false. */
  readonly keepLiterals?: boolean;
}

/** Statements of data: a column may well be called `password`, and every literal in them is replaced anyway. */
const ofData = new Set([
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'MERGE',
  'WITH',
  'VALUES',
  'TABLE',
]);
const secretive = new Set(['PASSWORD', 'CONNECTION', 'OPTIONS']);

/**
 * A statement without what its author wrote into it: each string and number becomes `?`, each comment a space.
 *
 * - Identifiers, quoted ones too, operators, white space and parameters (`$1`) stay.
 * - A statement other than one of data (SELECT, INSERT, …) that names PASSWORD, CONNECTION, USER MAPPING or OPTIONS
 *   becomes its command tag, e.g. `ALTER ROLE`: there even a mistyped, unquoted word may be a secret. Of several
 *   statements in one text, each is judged by itself.
 * - Bodies of DO and of functions are strings, and so become `?`.
 * - A text that was cut off within a literal, a quoted identifier or a comment ends in `?` or a space.
 *
 * Linear in the length of the text. Never throws. Doing it twice changes nothing.
 */
export function redact(text: string, { keepLiterals = false }: RedactOptions = {}): string {
  const tokens = tokenize(text);
  let redacted = '';
  for (let first = 0; first < tokens.length;) {
    let last = first;
    while (last < tokens.length && !isSemicolon(text, tokens[last])) last++;
    const statement = tokens.slice(first, last);
    redacted += isSecretive(text, statement)
      ? leadingSpace(text, statement) + commandTag(wordsOf(text, statement, 8))
      : statement
          .map((token) => (keepLiterals ? sliceOf(text, token) : bare(text, token)))
          .join('');
    if (last < tokens.length) redacted += ';';
    first = last + 1;
  }
  return redacted;
}

function bare(text: string, token: Token): string {
  switch (token.kind) {
    case 'string':
    case 'number':
      return '?';
    case 'comment':
      return ' ';
    case 'quoted_identifier':
      return token.closed ? sliceOf(text, token) : '?';
    default:
      return sliceOf(text, token);
  }
}

function isSecretive(text: string, statement: readonly Token[]): boolean {
  const words = wordsOf(text, statement);
  if (words[0] === undefined || ofData.has(words[0])) return false;
  return words.some(
    (word, at) => secretive.has(word) || (word === 'MAPPING' && words[at - 1] === 'USER'),
  );
}

/** The unquoted words in upper case, at most `limit`. */
function wordsOf(text: string, statement: readonly Token[], limit = Infinity): string[] {
  const words: string[] = [];
  for (const token of statement) {
    if (words.length >= limit) break;
    if (token.kind === 'word') words.push(sliceOf(text, token).toUpperCase());
  }
  return words;
}

const leadingSpace = (text: string, [first]: readonly Token[]): string =>
  first?.kind === 'space' ? sliceOf(text, first) : '';
const isSemicolon = (text: string, token: Token | undefined): boolean =>
  token?.kind === 'separator' && text.charAt(token.start) === ';';
const sliceOf = (text: string, { start, end }: Token): string => text.slice(start, end);
