import type { OpenLog } from './logFolder.ts';

/** A file whose turn has come. */
export interface Turn {
  readonly log: OpenLog;
  /** Where reading begins. */
  readonly offset: number;
  /** Set where the file is a copy of another, whose lines they are. */
  readonly fileId?: string;
}
