import { type Observable, catchError, concatMap, filter, from, map, of, take, toArray } from 'rxjs';
import { messageOf } from '../../errors.ts';
import { array } from '../../postgres/values.ts';
import { permittedSql } from '../../sources/pg_bloat/bloatSql.ts';
import { serverDatabases } from '../../sources/serverDatabases.ts';
import type { MonitoredServer } from '../../sources/source.ts';
import { wantedDatabases } from '../../sources/wantedDatabases.ts';
import { type Finding, findingsAbout, sqlName } from './finding.ts';

/** Each database costs a connection; what is missing in ten of them is missing in all. */
const MAX_DATABASES = 10;

/** `[may read what estimates of bloat need, schemas with sequences that may not be read]` */
const sql = `SELECT (${permittedSql}), (SELECT array_agg(DISTINCT n.nspname ORDER BY n.nspname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relpersistence <> 't' AND CASE WHEN c.relkind = 'S' THEN NOT has_sequence_privilege(c.oid, 'SELECT, USAGE') END)`;

/** What the role may not read in one database. */
interface Missing {
  readonly database: string;
  readonly statistics: boolean;
  readonly schemas: readonly string[];
}

/**
 * The rights inside databases that `pg_monitor` does not bring: without them `pg_bloat` and `pg_sequences` say
 * `unavailable: privilege`. Emits once; never errors.
 */
export function grantFindings(
  server: MonitoredServer,
  role: string,
): Observable<readonly Finding[]> {
  return server.settings$.pipe(
    take(1),
    concatMap((settings) => serverDatabases(server, 'check', wantedDatabases(settings))),
    concatMap((databases) =>
      from(databases.filter(({ connectable }) => connectable).slice(0, MAX_DATABASES)),
    ),
    concatMap(({ name: database }) =>
      server
        .query({ name: 'check/grants', sql, lane: 'database', database, timeoutMs: 5_000 })
        .pipe(map(([row]) => missingOf(database, row))),
    ),
    filter(({ statistics, schemas }) => statistics || schemas.length > 0),
    toArray(),
    map((missing) => findings(server.name, role, missing)),
    catchError((error: unknown) =>
      of([findingsAbout(`postgres ${server.name}`).problem(messageOf(error))]),
    ),
  );
}

const missingOf = (database: string, row: readonly (string | null)[] = []): Missing => ({
  database,
  statistics: row[0] === 'f',
  schemas: (array(row[1] ?? null) ?? []).flatMap((schema) => schema ?? []),
});

function findings(server: string, role: string, missing: readonly Missing[]): readonly Finding[] {
  const { warning } = findingsAbout(`postgres ${server}`);
  const name = sqlName(role);
  const remedy = (grants: (each: Missing) => readonly string[]): string =>
    missing
      .flatMap((each) => {
        const lines = grants(each);
        return lines.length > 0 ? [`\\connect ${sqlName(each.database)}`, ...lines] : [];
      })
      .join('\n');
  const bloat = remedy(({ statistics }) =>
    statistics
      ? [
          `GRANT SELECT (starelid, staattnum, stainherit, stanullfrac, stawidth) ON pg_catalog.pg_statistic TO ${name};`,
        ]
      : [],
  );
  const sequences = remedy(({ schemas }) =>
    schemas.map(
      (schema) => `GRANT SELECT ON ALL SEQUENCES IN SCHEMA ${sqlName(schema)} TO ${name};`,
    ),
  );
  return [
    ...(bloat === ''
      ? []
      : [warning(`role ${name} may not read widths of columns: no bloat is estimated`, bloat)]),
    ...(sequences === ''
      ? []
      : [
          warning(`role ${name} may not read sequences: how full they are is not known`, sequences),
        ]),
  ];
}
