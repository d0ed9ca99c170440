import { charClass, is } from './charClass.ts';

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

const wordStart = is.letter;
const tagPart = is.letter | is.digit;
const wordPart = tagPart | is.dollar;
const plain = is.space | is.operator | is.sign;

/** The characters of a text. */
type Codes = Uint8Array | Uint16Array;
const nothing = new Uint8Array(3);

const [tab, newline, carriageReturn, quote, doubleQuote] = [9, 10, 13, 39, 34] as const;
const [dash, slash, star, backslash, dot, plus, dollar] = [45, 47, 42, 92, 46, 43, 36] as const;

const beginsComment = (code: number, after: number | undefined): boolean =>
  (code === dash && after === dash) || (code === slash && after === star);

/**
 * Splits SQL into tokens by the rules of PostgreSQL's lexer (src/backend/parser/scan.l): nested comments, `E''`, `U&''`,
 * `B''`, `X''`, `N''`, dollar quotes with tags, literals that go on after a newline, operators that end before a comment.
 * Plain literals are read with `standard_conforming_strings = on`.
 *
 * The tokens cover the text without gaps. Linear in its length; takes any text, valid or cut off, and never throws.
 * Makes no object for a token: what was read last stands in the fields. Used again for the next text.
 */
export class Tokenizer {
  kind: TokenKind = 'space';
  start = 0;
  /** Where the next one begins. */
  end = 0;
  /** False where the text ends within a literal, a quoted identifier or a block comment. */
  closed = true;
  #codes: Codes = nothing;
  #length = 0;

  /** @param codes - The characters of a text, as UTF-8 or UTF-16, and three zeros behind its `length`. */
  begin(codes: Codes, length: number, from = 0): this {
    this.#codes = codes;
    this.#length = length;
    this.end = from;
    return this;
  }

  /** Reads the next token; false at the end of the text. */
  next(): boolean {
    const start = this.end;
    if (start >= this.#length) return false;
    this.start = start;
    this.closed = true;
    const code = this.#codes[start] ?? 0;
    const found = charClass(code);
    if (found === is.letter) {
      if (!this.#prefixed(start, code)) this.#put('word', this.#skip(start + 1, wordPart));
    } else if (found === is.space) this.#put('space', this.#skip(start + 1, is.space));
    else if (found === is.digit) this.#put('number', this.#number(start));
    else if (found === is.operator) this.#operator(start, code);
    else if (code === quote) this.#put('string', this.#quoted(start, false));
    else if (code === doubleQuote)
      this.#put('quoted_identifier', this.#doubled(start, doubleQuote));
    else if (code === dollar) this.#dollar(start);
    else if (code === dot && this.#is(start + 1, is.digit))
      this.#put('number', this.#number(start));
    else this.#put('separator', start + 1);
    return true;
  }

  /** Passes over words, white space, operators and signs, up to a token that may be of another kind. */
  passPlain(): this {
    const codes = this.#codes;
    const length = this.#length;
    let at = this.end;
    while (at < length) {
      const code = codes[at] ?? 0;
      const found = charClass(code);
      if (found === is.letter) {
        const after = codes[at + 1];
        if (after === quote || after === ampersand) break;
        at = this.#skip(at + 1, wordPart);
      } else {
        if ((found & plain) === 0 || beginsComment(code, codes[at + 1])) break;
        at++;
      }
    }
    this.end = at;
    return this;
  }

  /** @param end - Negative where the text ends within the token. */
  #put(kind: TokenKind, end: number): void {
    this.kind = kind;
    this.closed = end >= 0;
    this.end = end < 0 ? this.#length : end;
  }

  #is(at: number, mask: number): boolean {
    if (at >= this.#length) return false;
    return (charClass(this.#codes[at] ?? 0) & mask) !== 0;
  }

  #skip(from: number, mask: number): number {
    const codes = this.#codes;
    const length = this.#length;
    let at = from;
    while (at < length && (charClass(codes[at] ?? 0) & mask) !== 0) at++;
    return at;
  }

  /** `E'`, `b'`, `U&'`, `U&"` and their like. */
  #prefixed(start: number, code: number): boolean {
    const after = this.#codes[start + 1];
    const letter = code | 32;
    if (after === quote) {
      if (letter === letterE) this.#put('string', this.#quoted(start + 1, true));
      else if (letter === letterB || letter === letterX || letter === letterN)
        this.#put('string', this.#quoted(start + 1, false));
      else return false;
      return true;
    }
    if (after !== ampersand || letter !== letterU) return false;
    const second = this.#codes[start + 2];
    if (second === quote) this.#put('string', this.#quoted(start + 2, false));
    else if (second === doubleQuote)
      this.#put('quoted_identifier', this.#doubled(start + 2, doubleQuote));
    else return false;
    return true;
  }

  /** A comment, or an operator, which ends where a comment begins. */
  #operator(start: number, code: number): void {
    const codes = this.#codes;
    const after = codes[start + 1];
    if (code === dash && after === dash) this.#put('comment', this.#lineEnd(start));
    else if (code === slash && after === star) this.#put('comment', this.#blockComment(start));
    else {
      let at = start + 1;
      for (; this.#is(at, is.operator); at++) {
        if (beginsComment(codes[at] ?? 0, codes[at + 1])) break;
      }
      this.#put('operator', at);
    }
  }

  #lineEnd(start: number): number {
    const codes = this.#codes;
    let at = start;
    for (; at < this.#length; at++) {
      const code = codes[at];
      if (code === newline || code === carriageReturn) break;
    }
    return at;
  }

  /** The end of `/* … *​/`, which nests; −1 where it is cut off. */
  #blockComment(start: number): number {
    const codes = this.#codes;
    for (let at = start + 2, depth = 1; at < this.#length; at++) {
      const code = codes[at];
      if (code === star && codes[at + 1] === slash) {
        at++;
        if (--depth === 0) return at + 1;
      } else if (code === slash && codes[at + 1] === star) {
        at++;
        depth++;
      }
    }
    return -1;
  }

  /** The end of a literal whose opening quote is at `start`, with the lines that continue it. */
  #quoted(start: number, escapes: boolean): number {
    for (let at = start; ;) {
      const end = escapes ? this.#escaped(at) : this.#doubled(at, quote);
      if (end < 0) return -1;
      const more = this.#continuation(end);
      if (more < 0) return end;
      at = more;
    }
  }

  /** The end of what a quote encloses, where a doubled quote stands for one. */
  #doubled(start: number, code: number): number {
    const codes = this.#codes;
    for (let at = start + 1; at < this.#length; at++) {
      if (codes[at] !== code) continue;
      if (codes[at + 1] !== code) return at + 1;
      at++;
    }
    return -1;
  }

  /** The end of an `E''` literal: a backslash takes the next character with it. */
  #escaped(start: number): number {
    const codes = this.#codes;
    for (let at = start + 1; at < this.#length; at++) {
      const code = codes[at];
      if (code === backslash) at++;
      else if (code === quote && codes[++at] !== quote) return at;
    }
    return -1;
  }

  /** Where a literal that ended goes on: at a quote behind white space that holds a newline; −1 where it does not. */
  #continuation(end: number): number {
    const codes = this.#codes;
    let lines = false;
    for (let at = end; at < this.#length; at++) {
      const code = codes[at];
      if (code === newline || code === carriageReturn) lines = true;
      else if (code === dash && codes[at + 1] === dash) at = this.#lineEnd(at) - 1;
      else if (code !== tab && !this.#is(at, is.space)) return lines && code === quote ? at : -1;
    }
    return -1;
  }

  /** A number, with whatever letters stick to it: they can only be part of it, or an error. */
  #number(start: number): number {
    const codes = this.#codes;
    for (let at = start + 1; ; at++) {
      const code = codes[at];
      const before = codes[at - 1] ?? 0;
      const isSign = code === plus || code === dash;
      if (isSign && (before | 32) === letterE && this.#is(at + 1, is.digit)) continue;
      if (code === dot && codes[at + 1] !== dot && before !== dot) continue;
      if (!this.#is(at, tagPart)) return at;
    }
  }

  /** `$1`, `$tag$…$tag$`, or a lone dollar. */
  #dollar(start: number): void {
    const digits = this.#skip(start + 1, is.digit);
    if (digits > start + 1) {
      this.#put('parameter', digits);
      return;
    }
    const tagEnd = this.#is(start + 1, wordStart) ? this.#skip(start + 1, tagPart) : start + 1;
    if (this.#codes[tagEnd] !== dollar) {
      this.#put('separator', start + 1);
      return;
    }
    this.#put('string', this.#behindTag(start, tagEnd + 1));
  }

  /** Behind the next place where the dollar quote at `start` to `end` stands; −1 where it does not. */
  #behindTag(start: number, end: number): number {
    const codes = this.#codes;
    const last = this.#length - (end - start);
    for (let at = end; at <= last; at++) {
      if (codes[at] !== dollar) continue;
      let same = 1;
      while (start + same < end && codes[at + same] === codes[start + same]) same++;
      if (start + same === end) return at + same;
    }
    return -1;
  }
}

const [letterE, letterB, letterX, letterN, letterU] = [101, 98, 120, 110, 117] as const;
const ampersand = 38;
