import type { LogPosition } from '../../postgres/logs/entry.ts';
import type { LogHead } from '../../postgres/logs/logHead.ts';
import type { Metric } from '../../schema/metric.ts';
import { timestampNow } from '../timestamp.ts';

/** More rows are added up in one without database, SQLSTATE and event, so that the sums stay true. */
const maxRows = 500;

/** One row of `pg_log_stats`. */
interface Row {
  level: string;
  event: string | null;
  database: string | null;
  sqlstate: string | null;
  count: number;
  sent: number;
  dropped: number;
  duration_ms: number | null;
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
  /** The metric; the counts are at zero afterwards. */
  readonly close: (from: LogPosition, to: LogPosition) => Metric;
}

/** Counts messages by level, event, database and SQLSTATE, whether they are sent or not. */
export function logStats(server: string): LogStats {
  let rows = new Map<string, Row>();
  /** The same by head: messages that are alike share one. */
  let byHead = new Map<LogHead, Row>();

  const rowOf = ({ level, event, database, sqlstate }: LogHead): Row => {
    const key = `${level}\u0000${event ?? ''}\u0000${database ?? ''}\u0000${sqlstate ?? ''}`;
    const found = rows.get(key);
    if (found) return found;
    if (rows.size < maxRows) {
      const names = {
        event: event ?? null,
        database: database ?? null,
        sqlstate: sqlstate ?? null,
      };
      return put(key, { level, ...names });
    }
    return rows.get(level) ?? put(level, { level, event: null, database: null, sqlstate: null });
  };
  const put = (key: string, names: Pick<Row, 'level' | 'event' | 'database' | 'sqlstate'>): Row => {
    const row = { ...names, count: 0, sent: 0, dropped: 0, duration_ms: null };
    rows.set(key, row);
    return row;
  };
  return {
    add: (head, outcome, messages, durationMs) => {
      let row = byHead.get(head);
      if (row === undefined) byHead.set(head, (row = rowOf(head)));
      row.count += messages;
      if (outcome === 'sent') row.sent += messages;
      else if (outcome === 'dropped') row.dropped += messages;
      if (durationMs !== null) row.duration_ms = (row.duration_ms ?? 0) + durationMs;
    },
    isEmpty: () => rows.size === 0,
    close: (from, to) => {
      const metric = {
        type: 'pg_log_stats',
        timestamp: timestampNow(),
        server,
        from: { ...from },
        to: { ...to },
        rows: [...rows.values()].map((row) => ({
          ...row,
          duration_ms: row.duration_ms === null ? null : Math.round(row.duration_ms * 1000) / 1000,
        })),
      };
      rows = new Map();
      byHead = new Map();
      return metric;
    },
  };
}
