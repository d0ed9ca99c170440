import { type Observable, map, reduce } from 'rxjs';
import { selection } from '../../postgres/selection.ts';
import type { Row, Server } from '../../ports.ts';
import type { ServerSettings } from '../../schema/config.ts';
import type { Json } from '../../schema/json.ts';
import { wildcard } from '../../schema/wildcard.ts';
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

/** Which databases are read: names, or all that the server has. */
export interface Wanted {
  readonly all: boolean;
  readonly names: readonly string[];
  readonly exclude: readonly string[];
}

/** Databases of hosting providers, which let nobody in. */
const foreign = ['rdsadmin', 'cloudsqladmin', 'azure_maintenance', 'azure_sys'];

/** What the connection settings ask for. An empty list means the maintenance database. */
export const wantedDatabases = ({
  databases,
  exclude_databases,
  database,
}: ServerSettings): Wanted =>
  databases.includes('*')
    ? { all: true, names: [], exclude: exclude_databases }
    : { all: false, names: databases.length === 0 ? [database] : databases, exclude: [] };

/** Emits the wanted databases with their row of `pg_stat_database`, once, by name. */
export function readDatabases(
  server: Server,
  has: (need: string) => boolean,
  wanted: Wanted,
): Observable<readonly Database[]> {
  const columns = selection(databaseColumns, has, 4);
  const sql = `SELECT d.datname, pg_is_in_recovery(),
    p.datallowconn AND p.datconnlimit <> -2 AND has_database_privilege(d.datid, 'CONNECT'),
    now() - greatest(pg_postmaster_start_time(), b.stats_reset, d.stats_reset) > interval '7 days', ${columns.sql}
  FROM pg_stat_database d JOIN pg_database p ON p.oid = d.datid CROSS JOIN pg_stat_bgwriter b
  WHERE d.datname::text = ANY ($1::text[]) OR ($2::boolean AND p.datallowconn AND p.datconnlimit <> -2
    AND NOT p.datistemplate AND d.datname::text <> ALL ($3::text[]))
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
      values: [wanted.names, String(wanted.all), foreign],
      lane: 'slow',
      timeoutMs: 5_000,
    })
    .pipe(
      map((rows) => rows.map(read)),
      map((found) =>
        found.filter(({ name }) => !wanted.exclude.some((pattern) => wildcard(pattern, name))),
      ),
      reduce<readonly Database[], readonly Database[]>((all, found) => [...all, ...found], []),
    );
}
