import type { LogEntry, LogPosition } from './entry.ts';

/** An entry is cut above this; as its text is UTF-16, in characters. */
export const maxEntryChars = 10_000_000;

/** Makes entries of the lines of a log, in the order of their first bytes. */
export interface Assembly {
  /**
   * Takes the next line, without its newline.
   *
   * @param cut - The line lost its end because it was too long.
   * @param now - Milliseconds, of any clock.
   */
  readonly push: (line: string, position: LogPosition, cut: boolean, now: number) => void;
  /** Hands out the oldest entries, as far as they are complete at this moment. */
  readonly take: (now: number) => LogEntry[];
  /** Hands out everything: nothing more will come. */
  readonly flush: () => LogEntry[];
  /** Where the oldest entry begins that was not handed out; undefined where there is none. */
  readonly oldest: () => LogPosition | undefined;
}
