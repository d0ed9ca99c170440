import type { Entry } from '../schema/journal.ts';

/** An entry as a tap shows it: numbered per tap, from 1, before anything is skipped, so that a gap shows a loss. */
export interface Tapped {
  readonly seq: number;
  readonly entry: Entry;
}

/** Shows what is tapped; undefined for what has nothing to show. */
export interface View {
  /** Written before the first record. */
  readonly head?: string;
  readonly show: (tapped: Tapped) => string | undefined;
  /** Written behind the last record. */
  readonly foot?: string;
}
