import { type Observable, map, reduce } from 'rxjs';
import { bool } from '../../postgres/column.ts';
import { selection } from '../../postgres/selection.ts';
import type { Row, Server } from '../../ports/server.ts';
import type { Json } from '../../schema/json.ts';
import type { WantedDatabases } from '../wantedDatabases.ts';
import { databaseColumns } from './databaseColumns.ts';

/** One database at one moment. */
export interface Database {
  readonly name: string;
  readonly inRecovery: boolean;
  /** Whether a connection to it would be let in: asking costs nothing, a refusal would stand in the server's log. */
  readonly connectable: boolean;
  /** Whether the statistics are old enough (7 days) to say that an index is not used. */
  readonly settled: boolean;
  /** The fields of `databaseColumns`. */
  readonly fields: Readonly<Record<string, Json>>;
}

/** Unknown, and so not old enough, where a time of reset is not told. */
const settledColumn = bool(
  `now() - greatest(pg_postmaster_start_time(), b.stats_reset, d.stats_reset) > interval '7 days'`,
  '',
);

/** Emits the wanted databases with their row of `pg_stat_database`, once, by name. */
export function readDatabases(
  server: Server,
  has: (need: string) => boolean,
  wanted: WantedDatabases,
): Observable<readonly Database[]> {
  const views = { d: 'pg_stat_database', b: 'pg_stat_bgwriter' };
  const settled = selection({ settled: settledColumn }, has, 3, views);
  const columns = selection(databaseColumns, has, 4, views);
  const sql = `SELECT d.datname, pg_is_in_recovery(),
    p.datallowconn AND p.datconnlimit <> -2 AND has_database_privilege(d.datid, 'CONNECT'),
    ${settled.sql}, ${columns.sql}
  FROM pg_stat_database d JOIN pg_database p ON p.oid = d.datid CROSS JOIN pg_stat_bgwriter b
  WHERE ${wanted.condition}
  ORDER BY d.datname`;
  const read = (row: Row): Database => ({
    name: row[0] ?? '',
    inRecovery: row[1] === 't',
    connectable: row[2] === 't',
    settled: row[3] === 't',
    fields: columns.read(row),
  });
  return server
    .query({
      name: 'pg_stats/databases',
      sql,
      values: wanted.values,
      lane: 'slow',
      timeoutMs: 5_000,
    })
    .pipe(
      map((rows) => rows.map(read)),
      map((found) => found.filter(({ name }) => wanted.includes(name))),
      reduce<readonly Database[], readonly Database[]>((all, found) => [...all, ...found], []),
    );
}
