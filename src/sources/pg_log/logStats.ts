import type { LogPosition } from '../../postgres/logs/entry.ts';
import { type Level, levels } from '../../postgres/logs/level.ts';
import type { LogHead } from '../../postgres/logs/logHead.ts';
import type { Metric } from '../../schema/metric.ts';
import { timestampNow } from '../timestamp.ts';

/** More rows are added up in one without database, SQLSTATE and event, so that the sums stay true. */
const maxRows = 500;

/** One row of `pg_log_stats`. */
interface Row {
  readonly level: Level;
  readonly event: string | null;
  readonly database: string | null;
  readonly sqlstate: string | null;
  count: number;
  sent: number;
  dropped: number;
  /** Sum of what the messages tell, ms; NaN where none does. */
  durationMs: number;
  /** Messages of no kind that is known: rows that are added up have them beside others. */
  unknown: number;
}

/** What was counted, over all kinds of messages. */
export interface LogSums {
  readonly counts: Readonly<Record<Level, number>>;
  readonly total: number;
  readonly dropped: number;
  /** Of no kind that is known. */
  readonly unknown: number;
}

/** What became of a message. */
export type Outcome = 'sent' | 'dropped' | 'filtered';

/** Counts all messages of a window. */
export interface LogStats {
  /** @param durationMs - Sum of the durations that the messages tell; null where none does. */
  readonly add: (
    head: LogHead,
    outcome: Outcome,
    messages: number,
    durationMs: number | null,
  ) => void;
  readonly isEmpty: () => boolean;
  readonly sums: () => LogSums;
  /** The metric; the counts are at zero afterwards. */
  readonly close: (from: LogPosition, to: LogPosition) => Metric;
}

/** Counts messages by level, event, database and SQLSTATE, whether they are sent or not. */
export function logStats(server: string): LogStats {
  let rows = new Map<string, Row>();
  /** The same by head: messages that are alike share one, and most are like the one before. */
  let byHead = new Map<LogHead, Row>();
  let last: { readonly head: LogHead; readonly row: Row } | undefined;

  const rowOf = ({ level, event, database, sqlstate }: LogHead): Row => {
    const key = `${level}\u0000${event ?? ''}\u0000${database ?? ''}\u0000${sqlstate ?? ''}`;
    const found = rows.get(key);
    if (found) return found;
    if (rows.size < maxRows) {
      return put(key, level, event ?? null, database ?? null, sqlstate ?? null);
    }
    return rows.get(level) ?? put(level, level, null, null, null);
  };
  const put = (
    key: string,
    level: Level,
    event: string | null,
    database: string | null,
    sqlstate: string | null,
  ): Row => {
    const sums = { count: 0, sent: 0, dropped: 0, durationMs: NaN, unknown: 0 };
    const row = { level, event, database, sqlstate, ...sums };
    rows.set(key, row);
    return row;
  };
  const rowFor = (head: LogHead): Row => {
    if (last?.head === head) return last.row;
    let row = byHead.get(head);
    if (row === undefined) byHead.set(head, (row = rowOf(head)));
    last = { head, row };
    return row;
  };
  return {
    add: (head, outcome, messages, durationMs) => {
      const row = rowFor(head);
      row.count += messages;
      if (outcome === 'sent') row.sent += messages;
      else if (outcome === 'dropped') row.dropped += messages;
      if (head.event === undefined) row.unknown += messages;
      if (durationMs !== null) {
        row.durationMs = Number.isNaN(row.durationMs) ? durationMs : row.durationMs + durationMs;
      }
    },
    isEmpty: () => rows.size === 0,
    sums: () => {
      const counts = Object.fromEntries(levels.map((level) => [level, 0])) as Record<Level, number>;
      const sums = { counts, total: 0, dropped: 0, unknown: 0 };
      for (const { level, count, dropped, unknown } of rows.values()) {
        counts[level] += count;
        sums.total += count;
        sums.dropped += dropped;
        sums.unknown += unknown;
      }
      return sums;
    },
    close: (from, to) => {
      const metric = {
        type: 'pg_log_stats',
        timestamp: timestampNow(),
        server,
        from: { ...from },
        to: { ...to },
        rows: [...rows.values()].map(
          ({ level, event, database, sqlstate, count, sent, dropped, durationMs }) => ({
            ...{ level, event, database, sqlstate, count, sent, dropped },
            duration_ms: Number.isNaN(durationMs) ? null : Math.round(durationMs * 1000) / 1000,
          }),
        ),
      };
      rows = new Map();
      byHead = new Map();
      last = undefined;
      return metric;
    },
  };
}
