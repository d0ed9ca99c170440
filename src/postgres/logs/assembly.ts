import type { LogEntry, LogPosition } from './entry.ts';
import type { EntryFields } from './entryFields.ts';
import type { Judge, LogHead } from './logHead.ts';
import type { CountedRun } from './logKinds.ts';
import type { RawBytes } from './rawText.ts';
import type { RedactMode } from './redaction/redactMode.ts';

/** An entry is cut above this; as its text is UTF-16, in characters. */
export const maxEntryChars = 10_000_000;

/** Whole lines of one file, each ended by a newline. */
export interface LogLines {
  readonly fileId: string;
  /** They may be others when the next lines come: what is kept of them is copied. */
  readonly bytes: RawBytes;
  /** Of the first byte in the file. */
  readonly offset: number;
  /** Offset of each line's first byte in the file; default: they stand there as here. */
  readonly starts?: readonly number[];
  /** The only line lost its end because it was too long. */
  readonly cut: boolean;
}

/** A message that is to be sent. */
export interface KeptMessage {
  /** Of its first byte. */
  readonly position: LogPosition;
  readonly head: LogHead;
  readonly entry: LogEntry;
  /** What its first words tell, as fields of the entry. */
  readonly fields: EntryFields | undefined;
  /** Bytes of JSON that its message takes, where that was made without literals when it was read. */
  readonly redactedBytes: number | undefined;
}

/** A message that is complete, or several that are counted only. */
export type Assembled = KeptMessage | CountedRun;

/** Makes entries of the lines of a log, in the order of their first bytes. */
export interface Assembly {
  /**
   * Takes the next lines.
   *
   * @param judge - Whether a message that begins in these lines is to be sent.
   * @param now - Milliseconds, of any clock.
   * @param mode - What messages will lose; some lose it here, which is faster. Default: nothing.
   */
  readonly push: (lines: LogLines, judge: Judge, now: number, mode?: RedactMode) => void;
  /** Hands out the oldest messages, as far as they are complete at this moment. */
  readonly take: (now: number) => readonly Assembled[];
  /** Hands out everything: nothing more will come. */
  readonly flush: () => readonly Assembled[];
  /** Where the oldest message begins that was not handed out; undefined where there is none. */
  readonly oldest: () => LogPosition | undefined;
}
