import type { PrefixToken } from './prefixTokens.ts';
import type { LineOrigin, PrefixFields } from './prefixValues.ts';
import type { RawBytes } from '../rawText.ts';

/** What was read of a prefix behind its first piece. */
export interface KnownPrefix {
  /** Bytes that it takes. */
  readonly length: number;
  /** Where its pieces end, counted from the end of the first. */
  readonly ends: Int32Array;
  /** What its values tell, as soon as somebody asked for it. */
  origin: LineOrigin | undefined;
  fields: PrefixFields | undefined;
}

/** A line has its own value of these; and where `%r` ends depends on what stands behind the prefix. */
const changing = new Set('tmnlvxQr');
/** A longer prefix is read in each line. */
const slotBytes = 128;
/** The number of the process stands within so many bytes. */
const hashedBytes = 16;

/** Whether lines of one session have the same behind the first piece, and it shows its own end. */
export const isAlike = ([first, ...others]: readonly PrefixToken[]): boolean =>
  first?.is === 'field' &&
  'tmn'.includes(first.escape) &&
  others.at(-1)?.is === 'literal' &&
  others.every((token) => token.is !== 'field' || !changing.has(token.escape));

/**
 * What sessions write again and again behind the time of their lines: it is compared instead of read. Of two that share a
 * slot, the one that was read last has it.
 */
export class PrefixMemory {
  readonly #known: (KnownPrefix | undefined)[];
  readonly #bytes: Buffer;

  /** @param slots - A power of two. Default: 256, about as many as write at a time. */
  constructor(slots = 256) {
    this.#known = new Array<KnownPrefix | undefined>(slots).fill(undefined);
    this.#bytes = Buffer.alloc(slots * slotBytes);
  }

  /** What stands at `at`, if it is remembered. */
  find(bytes: RawBytes, at: number, to: number): KnownPrefix | undefined {
    const slot = this.#slotOf(bytes, at, to);
    const known = this.#known[slot];
    if (known === undefined || at + known.length > to) return undefined;
    const begin = slot * slotBytes;
    const remembered = this.#bytes;
    for (let index = 0; index < known.length; index++) {
      if (remembered[begin + index] !== bytes[at + index]) return undefined;
    }
    return known;
  }

  /** Remembers what stands at `at`, of which all pieces end where `ends` says; undefined where it is too long. */
  keep(bytes: RawBytes, at: number, to: number, ends: Int32Array): KnownPrefix | undefined {
    const length = (ends.at(-1) ?? at) - at;
    if (length > slotBytes) return undefined;
    const slot = this.#slotOf(bytes, at, to);
    bytes.copy(this.#bytes, slot * slotBytes, at, at + length);
    const known = {
      length,
      ends: ends.map((end) => end - at),
      origin: undefined,
      fields: undefined,
    };
    return (this.#known[slot] = known);
  }

  #slotOf(bytes: RawBytes, at: number, to: number): number {
    let hash = 0;
    const last = Math.min(to, at + hashedBytes);
    for (let index = at; index < last; index++) hash = (hash * 31 + (bytes[index] ?? 0)) | 0;
    return (hash ^ (hash >>> 15)) & (this.#known.length - 1);
  }
}
