import type { Counts } from './json.ts';

/**
 * The books of one run, in metrics. At every moment
 * `collected + recovered = buffered + spooled + delivered + setAside + sum(dropped)`.
 */
export interface Books {
  readonly collected: number;
  /** Found in the spool at the start. */
  readonly recovered: number;
  /** Read, not yet durable. */
  readonly buffered: number;
  /** Durable, not yet acknowledged. */
  readonly spooled: number;
  /** Acknowledged by the backend. */
  readonly delivered: number;
  /** Refused by the backend and kept apart. */
  readonly setAside: number;
  /** Lost, by reason: `invalid`, `buffer_full`, `spool_full`, `shutdown`. */
  readonly dropped: Counts;
}

/** The books before anything happened. */
export const emptyBooks: Books = {
  collected: 0,
  recovered: 0,
  buffered: 0,
  spooled: 0,
  delivered: 0,
  setAside: 0,
  dropped: {},
};
