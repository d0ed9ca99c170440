import { type Reach, maxValueChars, reachOf, shapeOf } from './prefixField.ts';
import type { Escape, PrefixToken } from './prefixTokens.ts';
import type { NameOf } from './nameReader.ts';
import { type RawBytes, type RawText, bytesOf } from './rawText.ts';
import type { Severity } from './severityAt.ts';
import { standsAt } from './standsAt.ts';

/** Where the values of a prefix stand in one line. Used again for the next line. */
export interface PrefixMatch {
  readonly severity: Severity;
  /** Where the text behind the severity begins. */
  readonly textAt: number;
  /** What is read of the value of an escape; undefined where the line has none. */
  readonly read: <Value>(
    escape: Escape,
    read: (bytes: RawBytes, from: number, to: number) => Value,
  ) => Value | undefined;
  /** The value, as bytes. */
  readonly value: (escape: Escape) => RawText | undefined;
  /** The same as text, for values that come again and again. */
  readonly name: (escape: Escape) => string | undefined;
}

type Field = Extract<PrefixToken, { is: 'field' }>;

/** Passes over one piece of a prefix: the offset behind it, -1 where the line does not go on so. */
type Step = Reach;

interface Bound {
  readonly index: number;
  readonly padded: boolean;
}

/** Finds the values of one variant of a prefix. */
export class PrefixMatcher implements PrefixMatch {
  severity: Severity = { word: '', bytes: 0, meaning: undefined };
  textAt = 0;
  readonly #steps: readonly Step[];
  /** Where each piece ends; it begins where the one before it ends. */
  readonly #ends: Int32Array;
  /** By the character code of the escape. */
  readonly #bounds: (Bound | undefined)[];
  readonly #severityAt: (bytes: RawBytes, at: number, to: number) => Severity | undefined;
  readonly #nameOf: NameOf;
  #bytes: RawBytes = nothing;

  constructor(
    tokens: readonly PrefixToken[],
    severityAt: (bytes: RawBytes, at: number, to: number) => Severity | undefined,
    nameOf: NameOf,
  ) {
    this.#steps = tokens.map((token, index) => stepOf(token, tokens[index + 1]));
    this.#ends = new Int32Array(tokens.length + 1);
    this.#bounds = new Array<Bound | undefined>(128).fill(undefined);
    for (const [index, token] of tokens.entries()) {
      if (token.is !== 'field') continue;
      this.#bounds[token.escape.charCodeAt(0)] = { index, padded: token.padding !== 0 };
    }
    this.#severityAt = severityAt;
    this.#nameOf = nameOf;
  }

  /** Whether the line at `from` to `to` begins as this variant says. */
  matches(bytes: RawBytes, from: number, to: number): boolean {
    const ends = this.#ends;
    const steps = this.#steps;
    let at = (ends[0] = from);
    for (let index = 0; index < steps.length; index++) {
      at = (steps[index] as Step)(bytes, at, to);
      if (at < 0 || at > to) return false;
      ends[index + 1] = at;
    }
    const severity = this.#severityAt(bytes, at, to);
    if (severity === undefined) return false;
    this.#bytes = bytes;
    this.severity = severity;
    this.textAt = at + severity.bytes;
    return true;
  }

  value(escape: Escape): RawText | undefined {
    return this.read(escape, latin1);
  }

  name(escape: Escape): string | undefined {
    return this.read(escape, this.#nameOf);
  }

  read<Value>(
    escape: Escape,
    read: (bytes: RawBytes, from: number, to: number) => Value,
  ): Value | undefined {
    const found = this.#bounds[escape.charCodeAt(0)];
    if (!found) return undefined;
    const bytes = this.#bytes;
    let from = this.#ends[found.index] ?? 0;
    let to = this.#ends[found.index + 1] ?? 0;
    if (found.padded) {
      while (from < to && bytes[from] === space) from++;
      while (from < to && bytes[to - 1] === space) to--;
    }
    return from === to ? undefined : read(bytes, from, to);
  }
}

const latin1: NameOf = (bytes, from, to) => bytes.toString('latin1', from, to);
const nothing = bytesOf('');
const space = 32;

function stepOf(token: PrefixToken, next: PrefixToken | undefined): Step {
  if (token.is === 'session') return (_, at) => at;
  if (token.is === 'field') return fieldStep(token, next?.is === 'literal' ? next.text : undefined);
  const literal = bytesOf(token.text);
  const [code] = literal;
  if (literal.length === 1) return (bytes, at) => (bytes[at] === code ? at + 1 : -1);
  return (bytes, at) => (standsAt(bytes, at, literal) ? at + literal.length : -1);
}

/** Passes over a value and its padding; the server pads by bytes. */
function fieldStep({ escape, padding }: Field, literal: string | undefined): Step {
  const reach = reachOf(escape);
  const until = literal === undefined ? undefined : untilLiteral(literal);
  if (padding === 0) {
    const own: Step = (bytes, at, to) => {
      const end = reach ? reach(bytes, at, to) : -1;
      if (end >= 0) return end;
      return until && shapeOf(escape) === 'open' ? until(bytes, at, to) : -1;
    };
    if (reach && shapeOf(escape) === 'closed') return reach;
    return !reach && until ? until : own;
  }
  return (bytes, at, to) => {
    const least = Math.min(to, at + Math.abs(padding));
    let leading = at;
    if (padding > 0) while (leading < least && bytes[leading] === space) leading++;
    const own = reach && !(leading === least && padding > 0) ? reach(bytes, leading, to) : -1;
    if (own >= 0) return Math.max(own, least);
    if (shapeOf(escape) !== 'open') return least;
    return until ? until(bytes, least, to) : -1;
  };
}

/** Passes over free text up to the first place where a literal stands. */
function untilLiteral(text: RawText): Step {
  const literal = bytesOf(text);
  const [code] = literal;
  const single = literal.length === 1;
  return (bytes, at, to) => {
    const last = Math.min(to, at + maxValueChars + 1);
    for (let end = at; end < last; end++) {
      if (bytes[end] === code && (single || standsAt(bytes, end, literal))) return end;
    }
    return -1;
  };
}
