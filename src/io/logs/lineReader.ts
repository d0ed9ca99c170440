import type { FileHandle } from 'node:fs/promises';

/** Whole lines as they stand in a file. */
export interface Lines {
  readonly offset: number;
  readonly end: number;
  /** One character for each byte. */
  readonly text: string;
  readonly cut: boolean;
}

/** Reads a file line by line, in chunks, from one position on. */
export interface LineReader {
  /** The next whole lines; undefined where the file ends, maybe within a line. */
  readonly next: () => Promise<Lines | undefined>;
  /** What stands behind the last newline, as a line: for a file that nobody writes any more. */
  readonly rest: () => Lines | undefined;
  /** Offset behind the last byte that was read. */
  readonly position: () => number;
}

const usualBytes = 262_144;
const newline = 10;

export interface LineReaderOptions {
  /** Where to begin. */
  readonly offset: number;
  /** The offset is within a line: leave the rest of it out. */
  readonly midLine?: boolean;
  /** A longer line loses its end. Default: 10 MiB. */
  readonly maxLineBytes?: number;
}

/** Reads with one buffer of 256 KiB, which grows only for a longer line, and shrinks after it. */
export function lineReader(
  handle: FileHandle,
  { offset, midLine = false, maxLineBytes = 10_485_760 }: LineReaderOptions,
): LineReader {
  let buffer = Buffer.allocUnsafe(Math.min(usualBytes, maxLineBytes));
  let start = offset; // of the buffer's first byte in the file
  let kept = 0; // bytes of a half line at the buffer's beginning
  let skipping = midLine;
  let cutLine: { offset: number; text: string } | undefined;

  const drop = (bytes: number): void => {
    buffer.copyWithin(0, bytes, kept);
    start += bytes;
    kept -= bytes;
    if (buffer.length > usualBytes && kept < usualBytes && maxLineBytes > usualBytes) {
      buffer = Buffer.from(buffer.subarray(0, usualBytes));
    }
  };
  const lines = (length: number): Lines => {
    const text = buffer.toString('latin1', 0, length);
    return { offset: start, end: start + length, text, cut: false };
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

  return {
    next: async () => {
      for (;;) {
        const last = skipping ? -1 : buffer.subarray(0, kept).lastIndexOf(newline);
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
            return { offset, end: start, text, cut: true };
          }
          continue;
        }
        if (kept === buffer.length) makeRoom();
        const { bytesRead } = await handle.read(buffer, kept, buffer.length - kept, start + kept);
        if (bytesRead === 0) return undefined;
        kept += bytesRead;
      }
    },
    rest: () => {
      if (skipping || kept === 0) return undefined;
      const text = `${buffer.toString('latin1', 0, kept)}\n`;
      const found = { offset: start, end: start + kept, text, cut: false };
      drop(kept);
      return found;
    },
    position: () => start + kept,
  };
}
