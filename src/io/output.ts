/** Standard output for data: never waits, never grows. */
export interface Output {
  /** Shows one text, or counts it as skipped while the reader is slow. */
  readonly write: (text: string) => void;
  /** Writes one text whatever the reader's pace: for output that must be whole. */
  readonly print: (text: string) => void;
  /** Counts texts that were skipped before they came here: the next line says so. */
  readonly skipped?: (count: number) => void;
  /** Columns of the terminal now; 100 where it is none. */
  readonly width: () => number;
  readonly isTerminal: boolean;
}

/** Bytes that may wait for a slow reader before texts are skipped. */
const MAX_WAITING = 1_048_576;

/**
 * Opens an output for a live tail. While more than 1 MiB waits for the reader, texts are dropped; how many is said in a
 * line of its own as soon as there is room. A reader that is gone (EPIPE) calls `onGone`.
 */
export function openOutput(stream: NodeJS.WriteStream, onGone: () => void): Output {
  let skipped = 0;
  stream.on('error', onGone);
  return {
    write: (text) => {
      if (stream.writableLength > MAX_WAITING) {
        skipped++;
        return;
      }
      if (skipped > 0) {
        const notice = `[tap] ${skipped} skipped: the reader was too slow\n`;
        skipped = 0;
        // Data goes to stdout alone, so that a pipe of JSON stays JSON.
        if (stream.isTTY) stream.write(notice);
        else process.stderr.write(notice);
      }
      stream.write(`${text}\n`);
    },
    skipped: (count) => {
      skipped += count;
    },
    print: (text) => {
      stream.write(`${text}\n`);
    },
    width: () => (stream.isTTY ? stream.columns : 100),
    isTerminal: stream.isTTY,
  };
}
