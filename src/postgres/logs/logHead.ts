import type { Level } from './level.ts';

/** What messages are counted and judged by; known as soon as the first line of one is. */
export interface LogHead {
  readonly level: Level;
  readonly sqlstate: string | undefined;
  readonly database: string | undefined;
  readonly user: string | undefined;
  /** Class of the message; undefined for one of none that is known. */
  readonly event: string | undefined;
}

/**
 * Decides which messages are sent; all are counted. What it returns is the least duration in ms that a message of this
 * kind must tell, if it tells one: 0 sends all of the kind, Infinity none.
 */
export type Judge = (head: LogHead) => number;
