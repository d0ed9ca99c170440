import type { RawBytes } from '../rawText.ts';

/** As long as what is read at once, and what was left of it before. */
const usualBytes = 98_304;

/**
 * A function that joins two pieces of a log in a buffer that it uses again: what is behind them there means nothing.
 */
export function joinedBytes(): (first: RawBytes, second: RawBytes) => RawBytes {
  let buffer: RawBytes | undefined;
  return (first, second) => {
    const length = Math.max(usualBytes, first.length + second.length);
    // One that grew for a long text is not kept.
    if (buffer?.length !== length) buffer = Buffer.allocUnsafe(length);
    first.copy(buffer, 0);
    second.copy(buffer, first.length);
    return buffer;
  };
}
