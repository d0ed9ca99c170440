import { type Observable, catchError, map, of } from 'rxjs';
import { int64, timestamp } from '../../postgres/values.ts';
import type { Int64 } from '../../schema/fields.ts';
import type { Metric } from '../../schema/metric.ts';
import type { Increments } from '../increments.ts';
import { pgEvent } from '../pgEvent.ts';
import type { MonitoredServer } from '../source.ts';

/** Deadlocks of the databases that have had any. */
export interface Deadlocks {
  readonly epoch: string | null;
  readonly sum: Int64;
  readonly databases: readonly {
    readonly database: string | null;
    readonly deadlocks: Int64;
    readonly stats_reset: string | null;
  }[];
  /** Of those that are new since the last reading. */
  readonly events: readonly Metric[];
}

/** Every database that could have had one is compared, since the first of a database counts too. */
const sql = `SELECT d.datname, d.deadlocks, d.stats_reset,
    greatest(pg_postmaster_start_time(), pg_stat_get_bgwriter_stat_reset_time()), sum(d.deadlocks) OVER ()
  FROM pg_stat_database d WHERE d.datid <> 0`;

/** Reads `pg_stat_database.deadlocks`. Emits once; null where it cannot be read, which goes to `onError`. */
export function readDeadlocks(
  server: MonitoredServer,
  increments: Increments,
  onError: (error: unknown) => void,
): Observable<Deadlocks | null> {
  return server.query({ name: 'pg_locks/deadlocks', sql, lane: 'slow', timeoutMs: 5_000 }).pipe(
    map((rows) => {
      const databases = rows.map(([name = null, deadlocks = null, reset = null]) => ({
        database: name,
        deadlocks: int64(deadlocks) ?? 0,
        stats_reset: timestamp(reset),
      }));
      const epoch = timestamp(rows[0]?.[3] ?? null);
      const grown = increments.next(
        new Map(
          databases.map(({ database, deadlocks, stats_reset }) => [
            database ?? '',
            { value: deadlocks, epoch: `${epoch ?? ''} ${stats_reset ?? ''}` },
          ]),
        ),
      );
      return {
        epoch,
        sum: int64(rows[0]?.[4] ?? null) ?? 0,
        databases: databases.filter(({ deadlocks }) => deadlocks !== 0),
        events: [...grown].flatMap(([database, count]) =>
          count === null || count === 0 ? [] : [eventOf(server.name, database, count)],
        ),
      };
    }),
    catchError((error: unknown) => {
      onError(error);
      return of(null);
    }),
  );
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
