import { PrefixMemory, isAlike } from './prefixMemory.ts';
import { type Step, stepOf } from './prefixStep.ts';
import type { Escape, PrefixToken } from './prefixTokens.ts';
import type { NameOf } from './nameReader.ts';
import { type RawBytes, type RawText, bytesOf } from './rawText.ts';
import type { Severity } from './severityAt.ts';

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
  readonly #memory: PrefixMemory | undefined;
  /** The names in the prefix of this line, by the pieces they stand in; undefined where it is not remembered. */
  #names: (string | undefined)[] | undefined;
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
    this.#memory = isAlike(tokens) ? new PrefixMemory() : undefined;
  }

  /** Whether the line at `from` to `to` begins as this variant says. */
  matches(bytes: RawBytes, from: number, to: number): boolean {
    this.#ends[0] = from;
    this.#names = undefined;
    const first = this.#memory ? 1 : this.#steps.length;
    let at = this.#pass(bytes, to, 0, first);
    if (this.#memory && at >= 0) at = this.#passAlike(this.#memory, bytes, at, to);
    if (at < 0) return false;
    const severity = this.#severityAt(bytes, at, to);
    if (severity === undefined) return false;
    this.#bytes = bytes;
    this.severity = severity;
    this.textAt = at + severity.bytes;
    return true;
  }

  /** Passes over the pieces before `end`, from `index` on. */
  #pass(bytes: RawBytes, to: number, index: number, end: number): number {
    const ends = this.#ends;
    const steps = this.#steps;
    let at = ends[index] ?? 0;
    for (let piece = index; piece < end; piece++) {
      at = (steps[piece] as Step)(bytes, at, to);
      if (at < 0 || at > to) return -1;
      ends[piece + 1] = at;
    }
    return at;
  }

  /** Passes over all pieces behind the first, which ends at `at`. */
  #passAlike(memory: PrefixMemory, bytes: RawBytes, at: number, to: number): number {
    const ends = this.#ends;
    const known = memory.find(bytes, at, to);
    if (known === undefined) {
      const end = this.#pass(bytes, to, 1, this.#steps.length);
      this.#names = end < 0 ? undefined : memory.keep(bytes, at, to, ends)?.names;
      return end;
    }
    this.#names = known.names;
    for (let piece = 1; piece < ends.length; piece++) ends[piece] = at + (known.ends[piece] ?? 0);
    return at + known.length;
  }

  value(escape: Escape): RawText | undefined {
    return this.read(escape, latin1);
  }

  name(escape: Escape): string | undefined {
    const index = this.#bounds[escape.charCodeAt(0)]?.index;
    if (index === undefined) return undefined;
    // The first piece has the time.
    if (this.#names === undefined || index === 0) return this.read(escape, this.#nameOf);
    return (this.#names[index] ??= this.read(escape, this.#nameOf));
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
