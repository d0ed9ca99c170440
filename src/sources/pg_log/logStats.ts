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
  readonly add: (head: LogHead, outcome: Outcome) => void;
  readonly isEmpty: () => boolean;
  /** The metric; the counts are at zero afterwards. */
  readonly close: (from: LogPosition, to: LogPosition) => Metric;
}

/** Counts messages by level, event, database and SQLSTATE, whether they are sent or not. */
export function logStats(server: string): LogStats {
  let rows = new Map<string, Row>();
  /** The row of the message before: most are like it. */
  let last: Row | undefined;

  const rowOf = ({ level, event, database, sqlstate }: LogHead): Row => {
    const fits =
      last?.level === level &&
      last.event === (event ?? null) &&
      last.database === (database ?? null) &&
      last.sqlstate === (sqlstate ?? null);
    if (fits && last) return last;
    const key = [level, event, database, sqlstate].join('\u0000');
    const found = rows.get(key);
    if (found) return found;
    if (rows.size < maxRows) {
      const texts = { event: copy(event), database: copy(database), sqlstate: copy(sqlstate) };
      return put(copy(key) ?? '', { level, ...texts });
    }
    return rows.get(level) ?? put(level, { level, event: null, database: null, sqlstate: null });
  };
  const put = (key: string, names: Pick<Row, 'level' | 'event' | 'database' | 'sqlstate'>): Row => {
    const row = { ...names, count: 0, sent: 0, dropped: 0, duration_ms: null };
    rows.set(key, row);
    return row;
  };
  return {
    add: (head, outcome) => {
      const row = (last = rowOf(head));
      row.count++;
      if (outcome === 'sent') row.sent++;
      else if (outcome === 'dropped') row.dropped++;
      if (head.duration_ms !== undefined) {
        row.duration_ms = (row.duration_ms ?? 0) + head.duration_ms;
      }
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
      last = undefined;
      return metric;
    },
  };
}

/** A text by itself: a part of a chunk would keep the whole of it in memory. */
const copy = (text: string | undefined): string | null =>
  text === undefined ? null : Buffer.from(text).toString();
