import { type Observable, catchError, map, of } from 'rxjs';
import { bigint, time, words } from '../../postgres/column.ts';
import { selection } from '../../postgres/selection.ts';
import type { Int64 } from '../../schema/fields.ts';
import type { Metric } from '../../schema/metric.ts';
import type { Increments } from '../increments.ts';
import { pgEvent } from '../pgEvent.ts';
import type { MonitoredServer } from '../source.ts';

/** Deadlocks of the databases that have had any. */
export interface Deadlocks {
  readonly epoch: string | null;
  /** Null where the server has no such column. */
  readonly sum: Int64 | null;
  readonly databases:
    | readonly {
        readonly database: string | null;
        readonly deadlocks: Int64;
        readonly stats_reset: string | null;
      }[]
    | null;
  /** Of those that are new since the last reading. */
  readonly events: readonly Metric[];
}

const columns = {
  database: words('d.datname', ''),
  deadlocks: bigint('d.deadlocks', ''),
  stats_reset: time('d.stats_reset', ''),
  epoch: time('greatest(pg_postmaster_start_time(), pg_stat_get_bgwriter_stat_reset_time())', ''),
  sum: bigint('sum(d.deadlocks) OVER ()', ''),
};

/** Reads `pg_stat_database.deadlocks`. Emits once; null where it cannot be read, which goes to `onError`. */
export function readDeadlocks(
  server: MonitoredServer,
  has: (need: string) => boolean,
  increments: Increments,
  onError: (error: unknown) => void,
): Observable<Deadlocks | null> {
  const { sql, read } = selection(columns, has, 0, { d: 'pg_stat_database' });
  // Every database that could have had one is compared, since the first of a database counts too.
  const from = 'FROM pg_stat_database d WHERE d.datid <> 0';
  return server
    .query({
      name: 'pg_locks/deadlocks',
      sql: `SELECT ${sql} ${from}`,
      lane: 'slow',
      timeoutMs: 5_000,
    })
    .pipe(
      map((rows) =>
        deadlocksOf(
          server.name,
          rows.map((row) => read(row) as unknown as DeadlockRow),
          increments,
        ),
      ),
      catchError((error: unknown) => {
        onError(error);
        return of(null);
      }),
    );
}

interface DeadlockRow {
  readonly database: string | null;
  /** Null where there is no such column. */
  readonly deadlocks: Int64 | null;
  readonly stats_reset: string | null;
  readonly epoch: string | null;
  readonly sum: Int64 | null;
}

function deadlocksOf(
  server: string,
  rows: readonly DeadlockRow[],
  increments: Increments,
): Deadlocks {
  const { epoch = null, sum = 0 } = rows[0] ?? {};
  const grown = increments.next(
    new Map(
      rows.map(({ database, deadlocks, stats_reset }) => [
        database ?? '',
        { value: deadlocks, epoch: `${epoch ?? ''} ${stats_reset ?? ''}` },
      ]),
    ),
  );
  return {
    epoch,
    sum,
    databases:
      sum === null
        ? null
        : rows.flatMap(({ database, deadlocks, stats_reset }) =>
            deadlocks === null || deadlocks === 0 ? [] : [{ database, deadlocks, stats_reset }],
          ),
    events: [...grown].flatMap(([database, count]) =>
      count === null || count === 0 ? [] : [eventOf(server, database, count)],
    ),
  };
}

const eventOf = (server: string, database: string, count: number): Metric =>
  pgEvent({
    server,
    database,
    event: 'deadlock',
    count,
    message:
      count === 1
        ? `a deadlock in database "${database}"`
        : `${count} deadlocks in database "${database}"`,
  });
