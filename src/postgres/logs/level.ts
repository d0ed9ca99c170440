/**
 * The levels of log entries, from the least to the most severe as seen by a reader of the log. (For
 * `log_min_messages` PostgreSQL ranks LOG above ERROR; that is about what is written, not about what it means.)
 */
export const levels = [
  'DEBUG',
  'LOG',
  'INFO',
  'NOTICE',
  'WARNING',
  'ERROR',
  'FATAL',
  'PANIC',
] as const;

/** The level of a log entry. DEBUG1 to DEBUG5 are DEBUG. */
export type Level = (typeof levels)[number];

const ranks = new Map<string, number>(levels.map((level, rank) => [level, rank]));

/** Where a level stands, from 0 (DEBUG) to 7 (PANIC). */
export const levelRank = (level: Level): number => ranks.get(level) ?? 0;
