import { anchorBytes, printOf } from './fingerprint.ts';
import type { OpenLog } from './logFolder.ts';

/** Whole lines as they stand in a file. */
export interface Lines {
  readonly offset: number;
  readonly end: number;
  /** One character for each byte. */
  readonly text: string;
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

export interface LineReaderOptions {
  /** Where to begin. */
  readonly offset: number;
  /** What stands before the offset, up to 64 bytes: within a line, the rest of that line is left out. */
  readonly before?: Uint8Array;
  /** A longer line loses its end. Default: 10 MiB. */
  readonly maxLineBytes?: number;
}

/**
 * Reads with one buffer of 256 KiB, which grows only for a longer line, and shrinks after it. Each read takes in what
 * was read last as well, so that a file that was emptied and grew again is noticed, whatever its size.
 */
export function lineReader(
  log: Pick<OpenLog, 'readv'>,
  { offset, before = new Uint8Array(), maxLineBytes = 10_485_760 }: LineReaderOptions,
): LineReader {
  let buffer = Buffer.allocUnsafe(Math.min(usualBytes, maxLineBytes));
  let start = offset; // of the buffer's first byte in the file
  let kept = 0; // bytes of a half line at the buffer's beginning
  let past = Buffer.from(before); // what stands before the buffer's first byte
  const again = Buffer.alloc(anchorBytes);
  let skipping = past.length > 0 && past.at(-1) !== newline;
  let cutLine: { offset: number; text: string } | undefined;

  /** The last bytes before a place of the buffer. */
  const lastBytes = (length: number): Buffer =>
    length >= anchorBytes
      ? buffer.subarray(length - anchorBytes, length)
      : Buffer.concat([past.subarray(-(anchorBytes - length)), buffer.subarray(0, length)]);
  const drop = (bytes: number): void => {
    past = Buffer.from(lastBytes(bytes));
    buffer.copyWithin(0, bytes, kept);
    start += bytes;
    kept -= bytes;
    if (buffer.length > usualBytes && kept < usualBytes && maxLineBytes > usualBytes) {
      buffer = Buffer.from(buffer.subarray(0, usualBytes));
    }
  };
  const lines = (length: number): Lines => {
    const text = buffer.toString('latin1', 0, length);
    const print = printOf(lastBytes(length));
    return { offset: start, end: start + length, text, cut: false, print };
  };
  /** Where the last of the lines ends that are handed out next; -1 where there is no whole one. */
  const lastNewline = (): number => {
    const last = buffer.subarray(0, Math.min(kept, handedBytes)).lastIndexOf(newline);
    return last < 0 ? buffer.subarray(0, kept).indexOf(newline, handedBytes) : last;
  };
  /** Makes room behind a half line that fills the buffer; a line that may not grow is cut, its rest skipped. */
  const makeRoom = (): void => {
    if (buffer.length < maxLineBytes) {
      const larger = Buffer.allocUnsafe(Math.min(buffer.length * 2, maxLineBytes));
      buffer.copy(larger, 0, 0, kept);
      buffer = larger;
      return;
    }
    cutLine = { offset: start, text: `${buffer.toString('latin1', 0, kept)}\n` };
    skipping = true;
    drop(kept);
  };
  /** Reads on; how many bytes came, or undefined where what was read last is no longer there. */
  const more = async (): Promise<number | undefined> => {
    const last = lastBytes(kept);
    const check = again.subarray(0, last.length);
    const { bytesRead } = await log.readv(
      last.length > 0 ? [check, buffer.subarray(kept)] : [buffer.subarray(kept)],
      start + kept - last.length,
    );
    if (bytesRead < last.length || !check.equals(last)) return undefined;
    kept += bytesRead - last.length;
    return bytesRead - last.length;
  };

  return {
    next: async () => {
      for (;;) {
        const last = skipping ? -1 : lastNewline();
        if (last >= 0) {
          const found = lines(last + 1);
          drop(last + 1);
          return found;
        }
        if (skipping && kept > 0) {
          const first = buffer.subarray(0, kept).indexOf(newline);
          drop(first < 0 ? kept : first + 1);
          skipping = first < 0;
          if (cutLine && !skipping) {
            const { offset, text } = cutLine;
            cutLine = undefined;
            return { offset, end: start, text, cut: true, print: printOf(past) };
          }
          continue;
        }
        if (kept === buffer.length) makeRoom();
        const fresh = await more();
        if (fresh === undefined) return 'rewritten';
        if (fresh === 0) return undefined;
      }
    },
    rest: () => {
      if (skipping || kept === 0) return undefined;
      const text = `${buffer.toString('latin1', 0, kept)}\n`;
      const print = printOf(lastBytes(kept));
      const found = { offset: start, end: start + kept, text, cut: false, print };
      drop(kept);
      return found;
    },
    position: () => start + kept,
    handed: () => start,
  };
}
