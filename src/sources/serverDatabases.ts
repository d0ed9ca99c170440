import { type Observable, map } from 'rxjs';
import { timestamp } from '../postgres/values.ts';
import type { MonitoredServer } from './source.ts';
import type { WantedDatabases } from './wantedDatabases.ts';

/** A database that is read by itself. */
export interface ServerDatabase {
  readonly name: string;
  /** `pg_is_in_recovery()`: true on a standby. */
  readonly inRecovery: boolean;
  /** Whether a connection to it would be let in: asking costs nothing, a refusal would stand in the server's log. */
  readonly connectable: boolean;
  /** Since when its counters count: the latest of postmaster start, reset of pg_stat_bgwriter and of the database. */
  readonly statsEpoch: string | null;
  /** Whether statsEpoch is 7 days ago: old enough to say that something is not used. */
  readonly settled: boolean;
}

const epoch = 'greatest(pg_postmaster_start_time(), b.stats_reset, d.stats_reset)';

/** Emits the wanted databases, once, by name. One cheap read on the slow lane, the same text for every source. */
export function serverDatabases(
  server: MonitoredServer,
  type: string,
  wanted: WantedDatabases,
): Observable<readonly ServerDatabase[]> {
  return server
    .query({
      name: `${type}/databases`,
      sql: `SELECT p.datname, pg_is_in_recovery(),
        p.datallowconn AND p.datconnlimit <> -2 AND has_database_privilege(p.oid, 'CONNECT'),
        ${epoch}, now() - ${epoch} > interval '7 days'
      FROM pg_database p LEFT JOIN pg_stat_database d ON d.datid = p.oid CROSS JOIN pg_stat_bgwriter b
      WHERE ${wanted.condition} ORDER BY p.datname`,
      values: wanted.values,
      lane: 'slow',
      timeoutMs: 5_000,
    })
    .pipe(
      map((rows) =>
        rows.flatMap(([name = null, recovery, connectable, since = null, settled]) =>
          name !== null && wanted.includes(name)
            ? [
                {
                  name,
                  inRecovery: recovery === 't',
                  connectable: connectable === 't',
                  statsEpoch: timestamp(since),
                  settled: settled === 't',
                },
              ]
            : [],
        ),
      ),
    );
}
