import type { RawBytes, TextOf } from './rawText.ts';

/** Reads what stands at `from` to `to`; the few names of a log again and again. */
export type NameOf = (bytes: RawBytes, from: number, to: number) => string;

/** Of a name that has a slot: as long as names are in the server. */
const slotBytes = 63;

/**
 * A reader of names that makes one string of each, as long as no other takes its slot.
 *
 * @param slots - A power of two. Default: 1024, more names than a log has at a time.
 */
export function nameReader(textOf: TextOf, slots = 1024): NameOf {
  const names = new Array<string>(slots).fill('');
  const lengths = new Uint8Array(slots);
  const known = Buffer.alloc(slots * slotBytes);
  return (bytes, from, to) => {
    const length = to - from;
    if (length > slotBytes) return textOf(bytes, from, to);
    let hash = 0;
    for (let at = from; at < to; at++) hash = (hash * 31 + (bytes[at] ?? 0)) | 0;
    const slot = (hash ^ (hash >>> 15)) & (slots - 1);
    const begin = slot * slotBytes;
    let same = 0;
    if (lengths[slot] === length) {
      while (same < length && known[begin + same] === bytes[from + same]) same++;
      if (same === length) return names[slot] ?? '';
    }
    bytes.copy(known, begin, from, to);
    lengths[slot] = length;
    return (names[slot] = textOf(bytes, from, to));
  };
}
