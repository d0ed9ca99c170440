import type { Counts } from '../../schema/json.ts';
import type { Place } from './place.ts';

/** What the spool remembers of a payload that waits: little, since an outage can be long. */
export interface Entry extends Place {
  readonly id: string;
  readonly counts: Counts;
  /** Of the whole file. */
  readonly size: number;
  /** Whether it has metrics whose source can be held back and does not repeat them: log entries. */
  readonly marked: boolean;
  /** Whether an earlier process may have sent it. */
  readonly attempted: boolean;
  /** Whether it comes from the shelf of suspects. */
  readonly suspect: boolean;
  /** When it was made, on the monotonic clock, in ms: a jump of the wall clock expires nothing. */
  readonly bornAt: number;
}
