import type { Counts } from '../../schema/json.ts';
import type { Header } from '../../schema/payload.ts';
import type { Place } from './place.ts';

/** What the spool remembers of a payload that waits: little, since an outage can be long. */
export interface Entry extends Place {
  readonly id: string;
  readonly counts: Counts;
  /** Of the whole file. */
  readonly size: number;
  /** Whether it has metrics whose source can be held back and does not repeat them: log entries. */
  readonly marked: boolean;
  /** Whether it may have been sent before, with an answer that this process does not know. */
  readonly attempted: boolean;
  /** Whether it comes from the shelf of suspects. */
  readonly suspect: boolean;
  /** When it was made, on the monotonic clock, in ms: a jump of the wall clock expires nothing. */
  readonly bornAt: number;
}

/** The entry of a payload that lies at a place. */
export const entryOf = (
  { sequence, part }: Place,
  { id, counts, marked = 0 }: Pick<Header, 'id' | 'counts' | 'marked'>,
  { size, bornAt }: Pick<Entry, 'size' | 'bornAt'>,
  { attempted = false, suspect = false }: Partial<Pick<Entry, 'attempted' | 'suspect'>> = {},
): Entry => ({ sequence, part, id, counts, size, marked: marked > 0, attempted, suspect, bornAt });
