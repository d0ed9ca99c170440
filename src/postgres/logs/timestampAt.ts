import type { LogTimestamp } from './logTimestamp.ts';
import type { RawBytes } from './rawText.ts';

/** Reads the timestamp at `from` to `to`; null where there is none. */
export type TimestampAt = (bytes: RawBytes, from: number, to: number) => string | null;

/** A timestamp with microseconds and the name of its zone is shorter. */
const longest = 64;

/** A reader of timestamps in bytes. Many messages are of the same millisecond: theirs is read once. */
export function timestampAt(timestamp: LogTimestamp): TimestampAt {
  const last = Buffer.alloc(longest);
  let length = 0;
  let read: string | null = null;
  return (bytes, from, to) => {
    let same = 0;
    // The last digits differ, if any.
    if (to - from === length) {
      while (same < length && bytes[to - 1 - same] === last[length - 1 - same]) same++;
    }
    if (same === length && length > 0) return read;
    read = timestamp(bytes.toString('latin1', from, to)) ?? null;
    length = to - from <= longest ? bytes.copy(last, 0, from, to) : 0;
    return read;
  };
}
