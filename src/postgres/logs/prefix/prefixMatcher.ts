import { type KnownPrefix, PrefixMemory, isAlike } from './prefixMemory.ts';
import { type Step, stepOf } from './prefixStep.ts';
import type { Escape, PrefixToken } from './prefixTokens.ts';
import {
  type LineOrigin,
  type PrefixFields,
  type ValueOf,
  fieldsOf,
  originOf,
} from './prefixValues.ts';
import type { NameOf } from '../nameReader.ts';
import { type RawBytes, type RawText, bytesOf } from '../rawText.ts';
import type { Severity } from '../stderr/severityAt.ts';

/** Where the values of a prefix stand in one line. Used again for the next line. */
export interface PrefixMatch {
  readonly severity: Severity;
  /** Where the text behind the severity begins. */
  readonly textAt: number;
  readonly origin: LineOrigin;
  readonly fields: PrefixFields;
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
  readonly #valueOf: ValueOf = (escape) => this.name(escape);
  /** What stands behind the first piece of this line; undefined where it is not remembered. */
  #known: KnownPrefix | undefined;
  #origin: LineOrigin | undefined;
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
    this.#known = undefined;
    this.#origin = undefined;
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
      if (end >= 0) this.#known = memory.keep(bytes, at, to, ends);
      return end;
    }
    this.#known = known;
    return at + known.length;
  }

  value(escape: Escape): RawText | undefined {
    return this.read(escape, latin1);
  }

  name(escape: Escape): string | undefined {
    return this.read(escape, this.#nameOf);
  }

  get origin(): LineOrigin {
    const known = this.#known;
    if (known) return (known.origin ??= originOf(this.#valueOf));
    return (this.#origin ??= originOf(this.#valueOf));
  }

  get fields(): PrefixFields {
    const known = this.#known;
    return known ? (known.fields ??= fieldsOf(this.#valueOf)) : fieldsOf(this.#valueOf);
  }

  read<Value>(
    escape: Escape,
    read: (bytes: RawBytes, from: number, to: number) => Value,
  ): Value | undefined {
    const found = this.#bounds[escape.charCodeAt(0)];
    if (!found) return undefined;
    const bytes = this.#bytes;
    let from = this.#endOf(found.index);
    let to = this.#endOf(found.index + 1);
    if (found.padded) {
      while (from < to && bytes[from] === space) from++;
      while (from < to && bytes[to - 1] === space) to--;
    }
    return from === to ? undefined : read(bytes, from, to);
  }

  /** Where the piece before `index` ends: those that are remembered follow the first. */
  #endOf(index: number): number {
    const known = this.#known;
    if (known === undefined || index < 2) return this.#ends[index] ?? 0;
    return (this.#ends[1] ?? 0) + (known.ends[index] ?? 0);
  }
}

const latin1: NameOf = (bytes, from, to) => bytes.toString('latin1', from, to);
const nothing = bytesOf('');
const space = 32;
