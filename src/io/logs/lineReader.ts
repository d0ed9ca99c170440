import { anchorBytes, printOf } from './fingerprint.ts';
import type { OpenLog } from './logFolder.ts';

/** Whole lines as they stand in a file. */
export interface Lines {
  readonly offset: number;
  readonly end: number;
  /** Valid until the next lines are asked for. */
  readonly bytes: Buffer;
  readonly cut: boolean;
  /** Fingerprint of the bytes before `end`; see `LogAnchor`. */
  readonly print: string;
}

/** Reads a file line by line, in chunks, from one position on. */
export interface LineReader {
  /**
   * The next whole lines; undefined where the file ends, maybe within a line; `rewritten` where what stood before the
   * position stands there no more.
   */
  readonly next: () => Promise<Lines | 'rewritten' | undefined>;
  /** What stands behind the last newline, as a line: for a file that nobody writes any more. */
  readonly rest: () => Lines | undefined;
  /** Offset behind the last byte that was read. */
  readonly position: () => number;
  /** Offset behind the last line that was handed out. */
  readonly handed: () => number;
}

/** Each read costs a turn of another thread. */
const usualBytes = 262_144;
/** Bytes of the lines that are handed out at once, unless one line is longer. */
const handedBytes = 65_536;
const newline = 10;
const lineEnd = Buffer.of(newline);

export interface LineReaderOptions {
  /** Where to begin. */
  readonly offset: number;
  /** What stands before the offset, up to 64 bytes: within a line, the rest of that line is left out. */
  readonly before?: Uint8Array;
  /** A longer line loses its end. Default: 10 MiB. */
  readonly maxLineBytes?: number;
}

/**
 * Reads with one buffer of 256 KiB, which grows only for a longer line, and shrinks after it; lines are handed out in it.
 * Each read takes in what was read last as well, so that a file that was emptied and grew again is noticed, whatever its
 * size.
 */
export function lineReader(
  log: Pick<OpenLog, 'readv'>,
  { offset, before = new Uint8Array(), maxLineBytes = 10_485_760 }: LineReaderOptions,
): LineReader {
  let buffer = Buffer.allocUnsafe(Math.min(usualBytes, maxLineBytes));
  let start = offset; // of the buffer's first byte in the file
  let at = 0; // in the buffer: what stands before was handed out
  let length = 0; // bytes in the buffer
  let past = Buffer.from(before); // what stands before the buffer's first byte
  const again = Buffer.alloc(anchorBytes);
  let skipping = past.length > 0 && past.at(-1) !== newline;
  let cutLine: { offset: number; bytes: Buffer } | undefined;

  /** The last bytes before a place of the buffer. */
  const lastBytes = (end: number): Buffer =>
    end >= anchorBytes
      ? buffer.subarray(end - anchorBytes, end)
      : Buffer.concat([past.subarray(-(anchorBytes - end)), buffer.subarray(0, end)]);
  /** Hands out what stands before a place of the buffer. */
  const lines = (end: number): Lines => {
    const bytes = buffer.subarray(at, end);
    const found = { offset: start + at, end: start + end, bytes, cut: false };
    at = end;
    return { ...found, print: printOf(lastBytes(end)) };
  };
  /** Where the last of the lines ends that are handed out next; -1 where there is no whole one. */
  const lastNewline = (): number => {
    const last = buffer.subarray(at, Math.min(length, at + handedBytes)).lastIndexOf(newline);
    return last < 0 ? buffer.subarray(0, length).indexOf(newline, at + handedBytes) : at + last;
  };
  /** Leaves in the buffer what was not handed out. */
  const tidy = (): void => {
    if (at > 0) {
      past = Buffer.from(lastBytes(at));
      buffer.copyWithin(0, at, length);
      start += at;
      length -= at;
      at = 0;
    }
    if (buffer.length > usualBytes && length < usualBytes && maxLineBytes > usualBytes) {
      buffer = Buffer.from(buffer.subarray(0, usualBytes));
    }
  };
  /** Makes room behind a half line that fills the buffer; a line that may not grow is cut, its rest skipped. */
  const makeRoom = (): void => {
    if (buffer.length < maxLineBytes) {
      const larger = Buffer.allocUnsafe(Math.min(buffer.length * 2, maxLineBytes));
      buffer.copy(larger, 0, 0, length);
      buffer = larger;
      return;
    }
    cutLine = { offset: start, bytes: Buffer.concat([buffer.subarray(0, length), lineEnd]) };
    skipping = true;
    at = length;
    tidy();
  };
  /** Reads on; how many bytes came, or undefined where what was read last is no longer there. */
  const more = async (): Promise<number | undefined> => {
    const last = lastBytes(length);
    const check = again.subarray(0, last.length);
    const { bytesRead } = await log.readv(
      last.length > 0 ? [check, buffer.subarray(length)] : [buffer.subarray(length)],
      start + length - last.length,
    );
    if (bytesRead < last.length || !check.equals(last)) return undefined;
    length += bytesRead - last.length;
    return bytesRead - last.length;
  };

  return {
    next: async () => {
      for (;;) {
        const last = skipping ? -1 : lastNewline();
        if (last >= 0) return lines(last + 1);
        if (skipping && at < length) {
          const first = buffer.subarray(0, length).indexOf(newline, at);
          at = first < 0 ? length : first + 1;
          skipping = first < 0;
          if (cutLine && !skipping) {
            const found = { ...cutLine, end: start + at, cut: true, print: printOf(lastBytes(at)) };
            cutLine = undefined;
            return found;
          }
          continue;
        }
        tidy();
        if (length === buffer.length) makeRoom();
        const fresh = await more();
        if (fresh === undefined) return 'rewritten';
        if (fresh === 0) return undefined;
      }
    },
    rest: () => {
      if (skipping || at === length) return undefined;
      const found = lines(length);
      return { ...found, bytes: Buffer.concat([found.bytes, lineEnd]) };
    },
    position: () => start + length,
    handed: () => start + at,
  };
}
