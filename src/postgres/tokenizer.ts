/** What a token is. `string`: any literal in quotes or dollars, its prefix and its continuation lines included. */
export type TokenKind =
  | 'space'
  | 'comment'
  | 'string'
  | 'number'
  | 'word'
  | 'quoted_identifier'
  | 'parameter'
  | 'operator'
  | 'separator';

/** A piece of a statement: `text.slice(start, end)`. */
export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  /** False where the text ends within a literal, a quoted identifier or a block comment. */
  readonly closed: boolean;
}

/**
 * Splits SQL into tokens by the rules of PostgreSQL's lexer (src/backend/parser/scan.l): nested comments, `E''`, `U&''`,
 * `B''`, `X''`, `N''`, dollar quotes with tags, literals that go on after a newline, operators that end before a comment.
 * Plain literals are read with `standard_conforming_strings = on`.
 *
 * The tokens cover the text without gaps. Linear in its length; takes any text, valid or cut off, and never throws.
 */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (let start = 0; start < text.length;) {
    const token = next(text, start);
    tokens.push(token);
    start = token.end;
  }
  return tokens;
}

function next(text: string, start: number): Token {
  const token = (kind: TokenKind, end: number): Token => ({
    kind,
    start,
    end: end < 0 ? text.length : end,
    closed: end >= 0,
  });
  const char = text.charAt(start);
  const after = text.charAt(start + 1);

  if (isSpace(char)) return token('space', skip(text, start, isSpace));
  if (char === '-' && after === '-') return token('comment', skip(text, start, isNoNewline));
  if (char === '/' && after === '*') return token('comment', blockComment(text, start));
  if (char === "'") return token('string', quoted(text, start, false));
  if (char === '"') return token('quoted_identifier', doubled(text, start, '"'));
  if (after === "'" && 'eE'.includes(char)) return token('string', quoted(text, start + 1, true));
  if (after === "'" && 'bBxXnN'.includes(char))
    return token('string', quoted(text, start + 1, false));
  if (after === '&' && 'uU'.includes(char)) {
    const quote = text.charAt(start + 2);
    if (quote === "'") return token('string', quoted(text, start + 2, false));
    if (quote === '"') return token('quoted_identifier', doubled(text, start + 2, '"'));
  }
  if (isWordStart(char)) return token('word', skip(text, start, isWordPart));
  if (isDigit(char) || (char === '.' && isDigit(after)))
    return token('number', number(text, start));
  if (char === '$') return dollar(text, start, token);
  if (isOperator(char)) return token('operator', operator(text, start));
  return token('separator', start + 1);
}

/** The end of `/* … *​/`, which nests; −1 where it is cut off. */
function blockComment(text: string, start: number): number {
  for (let at = start + 2, depth = 1; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '*' && text.charAt(at + 1) === '/') {
      at++;
      if (--depth === 0) return at + 1;
    } else if (char === '/' && text.charAt(at + 1) === '*') {
      at++;
      depth++;
    }
  }
  return -1;
}

/** The end of a literal whose opening quote is at `start`, with the lines that continue it. */
function quoted(text: string, start: number, escapes: boolean): number {
  for (let at = start; ;) {
    const end = escapes ? escaped(text, at) : doubled(text, at, "'");
    if (end < 0) return -1;
    const more = continuation(text, end);
    if (more < 0) return end;
    at = more;
  }
}

/** The end of what `quote` encloses, where a doubled quote stands for one. */
function doubled(text: string, start: number, quote: string): number {
  for (let at = start + 1; ; at += 2) {
    at = text.indexOf(quote, at);
    if (at < 0) return -1;
    if (text.charAt(at + 1) !== quote) return at + 1;
  }
}

/** The end of an `E''` literal: a backslash takes the next character with it. */
function escaped(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '\\') at++;
    else if (char === "'" && text.charAt(++at) !== "'") return at;
  }
  return -1;
}

/** Where a literal that ended at `end` goes on: at a quote behind white space that holds a newline; −1 where it does not. */
function continuation(text: string, end: number): number {
  let newline = false;
  for (let at = end; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '\n' || char === '\r') newline = true;
    else if (char === '-' && text.charAt(at + 1) === '-') at = skip(text, at, isNoNewline) - 1;
    else if (!isSpace(char)) return newline && char === "'" ? at : -1;
  }
  return -1;
}

/** A number, with whatever letters stick to it: they can only be part of it, or an error. */
function number(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    const char = text.charAt(at);
    const before = text.charAt(at - 1);
    if ((char === '+' || char === '-') && 'eE'.includes(before) && isDigit(text.charAt(at + 1)))
      continue;
    if (char === '.' && text.charAt(at + 1) !== '.' && before !== '.') continue;
    if (!isWordPart(char) || char === '$') return at;
  }
}

/** `$1`, `$tag$…$tag$`, or a lone dollar. */
function dollar(
  text: string,
  start: number,
  token: (kind: TokenKind, end: number) => Token,
): Token {
  const digits = skip(text, start + 1, isDigit);
  if (digits > start + 1) return token('parameter', digits);
  const tagEnd = skip(text, start + 1, isTagPart);
  if (text.charAt(tagEnd) !== '$') return token('separator', start + 1);
  const tag = text.slice(start, tagEnd + 1);
  const close = text.indexOf(tag, tagEnd + 1);
  return token('string', close < 0 ? -1 : close + tag.length);
}

/** An operator ends where a comment begins. */
function operator(text: string, start: number): number {
  let at = start + 1;
  for (; isOperator(text.charAt(at)); at++) {
    const two = text.slice(at, at + 2);
    if (two === '--' || two === '/*') break;
  }
  return at;
}

function skip(text: string, start: number, is: (char: string) => boolean): number {
  let at = start;
  while (at < text.length && is(text.charAt(at))) at++;
  return at;
}

const isSpace = (char: string) => char !== '' && ' \t\n\r\f\v'.includes(char);
const isNoNewline = (char: string) => char !== '\n' && char !== '\r';
const isDigit = (char: string) => char >= '0' && char <= '9';
const isOperator = (char: string) => char !== '' && '~!@#^&|`?+-*/%<>='.includes(char);
const isWordStart = (char: string) =>
  (char >= 'a' && char <= 'z') || (char >= 'A' && char <= 'Z') || char === '_' || char >= '\x80';
const isTagPart = (char: string) => isWordStart(char) || isDigit(char);
const isWordPart = (char: string) => isTagPart(char) || char === '$';
