import { type Observable, concatMap, defer, forkJoin, from, map, of, reduce } from 'rxjs';
import type { ServerFacts } from '../../postgres/facts.ts';
import { int64 } from '../../postgres/values.ts';
import type { Row } from '../../ports/server.ts';
import type { Json } from '../../schema/json.ts';
import type { Metric } from '../../schema/metric.ts';
import { section } from '../../schema/section.ts';
import { parts } from '../parts.ts';
import { polled } from '../polled.ts';
import { type MonitoredServer, serverSource } from '../source.ts';
import { timestampNow } from '../timestamp.ts';
import { withFacts } from '../withFacts.ts';
import { pgSizesMetric } from './pgSizesMetric.ts';

/** Databases whose sizes are read by one statement: each walks through the files of all. */
const CHUNK = 50;

const databasesSql = `SELECT d.datname, t.spcname, CASE WHEN d.datconnlimit <> -2
      AND (has_database_privilege(d.oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE'))
    THEN pg_database_size(d.oid) END
  FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace
  WHERE d.oid = ANY ($1::oid[]) ORDER BY d.datname`;

/** The function is named only where it may be called: naming a closed one fails the statement. */
const tablespacesSql = (mayList: boolean): string => `SELECT t.spcname,
    CASE WHEN has_tablespace_privilege(t.oid, 'CREATE') OR pg_has_role('pg_read_all_stats', 'USAGE')
      OR t.oid = (SELECT dattablespace FROM pg_database WHERE datname = current_database())
    THEN pg_tablespace_size(t.oid) END,
    ${mayList ? 'f.bytes, f.files' : 'NULL, NULL'}
  FROM pg_tablespace t ${
    mayList
      ? `LEFT JOIN LATERAL (SELECT coalesce(sum(size), 0) AS bytes, count(*) AS files
    FROM pg_ls_tmpdir(t.oid)) f ON t.spcname <> 'pg_global'`
      : ''
  } ORDER BY t.spcname`;

const rightsSql = `SELECT (SELECT string_agg(oid::text, ',' ORDER BY datname) FROM pg_database),
    has_function_privilege('pg_ls_waldir()', 'EXECUTE'), has_function_privilege('pg_ls_tmpdir(oid)', 'EXECUTE')`;

const settings = section(
  'sizes of databases, tablespaces, WAL and temporary files',
  {
    default: 3600,
    minimum: 60,
    remoteMinimum: 300,
  },
  {},
);

/**
 * `pg_sizes`: sizes of databases, tablespaces, WAL and temporary files, once per interval on the slow lane. Rights are
 * asked first, because one refusal fails a whole list.
 */
export const pgSizes = serverSource({
  type: 'pg_sizes',
  scope: 'server',
  settings,
  rhythms: [{ key: 'interval', kind: 'sizes' }],
  metrics: [pgSizesMetric],
  read: (context) =>
    polled(context, { timeoutMs: 600_000 }, () =>
      withFacts(context, (facts, { server }) => readServer(server, facts)),
    ),
});

function readServer(server: MonitoredServer, { has }: ServerFacts): Observable<readonly Metric[]> {
  function read(
    what: string,
    sql: string,
    values: readonly (readonly string[])[] = [],
  ): Observable<readonly Row[]> {
    return server.query({
      name: `pg_sizes/${what}`,
      sql,
      values,
      lane: 'slow',
      timeoutMs: 30_000,
    });
  }
  return read('rights', rightsSql).pipe(
    concatMap(([row = []]) => {
      const [oids = null, mayReadWal, mayReadTemporary] = row;
      const all = (oids ?? '').split(',');
      const chunks = Array.from({ length: Math.ceil(all.length / CHUNK) }, (_, index) =>
        all.slice(index * CHUNK, (index + 1) * CHUNK),
      );
      return forkJoin({
        databases: from(chunks).pipe(
          concatMap((chunk) => read('databases', databasesSql, [chunk])),
          reduce<readonly Row[], readonly Row[]>((rows, more) => [...rows, ...more], []),
        ),
        tablespaces: defer(() =>
          read('tablespaces', tablespacesSql(mayReadTemporary === 't' && has('pg_ls_tmpdir()'))),
        ),
        wal:
          mayReadWal === 't'
            ? read('wal', 'SELECT coalesce(sum(size), 0), count(*) FROM pg_ls_waldir()')
            : of([]),
      });
    }),
    map(({ databases, tablespaces, wal }) =>
      parts(metric(server.name, databases, tablespaces, wal[0] ?? []), ['databases']),
    ),
  );
}

function metric(
  server: string,
  databases: readonly Row[],
  tablespaces: readonly Row[],
  [walBytes = null, walFiles = null]: Row,
): Metric {
  const sizes = databases.map(([, , bytes = null]) => int64(bytes));
  return {
    type: 'pg_sizes',
    timestamp: timestampNow(),
    server,
    databases: databases.map(([name = '', tablespace = ''], index) => ({
      name,
      tablespace,
      bytes: sizes[index] ?? null,
    })),
    databases_bytes: sum(sizes),
    tablespaces: tablespaces.map(([name = '', bytes = null, temporary = null, count = null]) => ({
      name,
      bytes: int64(bytes),
      temporary_bytes: int64(temporary),
      temporary_files: int64(count),
    })),
    wal: { bytes: int64(walBytes), files: int64(walFiles) },
  };
}

const sum = (sizes: readonly Json[]): Json =>
  sizes.includes(null)
    ? null
    : int64(sizes.reduce((all, size) => all + BigInt(size as number), 0n).toString());
