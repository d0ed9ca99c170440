import { durationOf } from './durationOf.ts';
import { eventOf } from './events/eventOf.ts';
import type { Level } from './level.ts';

/** What a message is counted and judged by; known as soon as its first line is. */
export interface LogHead {
  readonly level: Level;
  readonly sqlstate: string | undefined;
  readonly database: string | undefined;
  readonly user: string | undefined;
  /** Class of the message; undefined for one of none that is known. */
  readonly event: string | undefined;
  readonly duration_ms: number | undefined;
}

/** Whether a message is to be sent; all are counted. */
export type Judge = (head: LogHead) => boolean;

/**
 * Reads the head of a message.
 *
 * @param message - At least its first line; what follows may be missing.
 */
export const logHead = (
  level: Level,
  message: string,
  sqlstate: string | undefined,
  database: string | undefined,
  user: string | undefined,
): LogHead => ({
  level,
  sqlstate,
  database,
  user,
  event: eventOf(level, message, sqlstate),
  duration_ms: durationOf(message),
});
