import { type Observable, catchError, concatMap, from, map, of, throwError, toArray } from 'rxjs';
import { QueryError } from '../../errors.ts';
import { guardedReads, lockedRelations } from '../../postgres/lockGuard.ts';
import { float, int64 } from '../../postgres/values.ts';
import type { Row, Server } from '../../ports/server.ts';
import type { Json } from '../../schema/json.ts';

export interface ExactOptions {
  readonly database: string;
  /** `schema.name`, as SQL writes it. */
  readonly names: readonly string[];
  /** Larger relations are not read. */
  readonly maxBytes: number;
}

const QUERY_CANCELED = '57014';

/** The named relations of this database, and whether pgstattuple can look at them. Opens none of them. */
const namedSql = `SELECT c.oid, n.nspname, c.relname, CASE WHEN c.relkind IN ('r', 'm') THEN 'table'
      WHEN m.amname = 'btree' THEN 'index' END, c.relpages::bigint * current_setting('block_size')::bigint,
    (SELECT quote_ident(x.nspname) FROM pg_extension e JOIN pg_namespace x ON x.oid = e.extnamespace
      WHERE e.extname = 'pgstattuple'),
    (SELECT bool_and(has_function_privilege(p.oid, 'EXECUTE')) FROM pg_extension e JOIN pg_proc p
      ON p.pronamespace = e.extnamespace AND p.proname IN ('pgstattuple', 'pgstatindex')
      WHERE e.extname = 'pgstattuple')
  FROM unnest($1::text[]) AS name JOIN pg_class c ON c.oid = to_regclass(name)
  JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am m ON m.oid = c.relam AND c.relkind = 'i'
  WHERE c.relpersistence <> 't'`;

const exactSql = (kind: string, schema: string): string => {
  const columns =
    kind === 'table'
      ? 'p.table_len, p.tuple_len, p.dead_tuple_len, p.dead_tuple_count, p.free_space, NULL, NULL'
      : 'p.index_size, NULL, NULL, NULL, NULL, p.avg_leaf_density, p.leaf_fragmentation';
  const call = kind === 'table' ? 'pgstattuple' : 'pgstatindex';
  // The function is called only behind the guard.
  return `WITH ${lockedRelations},
      c AS MATERIALIZED (SELECT oid FROM pg_class WHERE oid = ANY ($1::oid[])
        AND NOT EXISTS (SELECT FROM locked WHERE locked.oid = pg_class.oid))
    SELECT c.oid, ${columns} FROM c CROSS JOIN LATERAL ${schema}.${call}(c.oid::regclass) p`;
};

/** Reads whole relations, one after the other, with 30 s for each: only those that somebody asked for. */
export function readExact(
  server: Server,
  { database, names, maxBytes }: ExactOptions,
): Observable<readonly Json[]> {
  const at = { lane: 'database', database, timeoutMs: 30_000 } as const;
  function one([oid, schema, name, kind, bytes, extension, permitted]: Row): Observable<Json> {
    const result = (unavailable: string | null, row: Row = []): Json => ({
      ...{ schema: schema ?? '', name: name ?? '', kind: kind ?? 'table' },
      ...values(row),
      unavailable,
    });
    if (!kind) return of(result('kind'));
    if (!extension) return of(result('extension'));
    if (permitted !== 't') return of(result('privilege'));
    if (Number(bytes) > maxBytes) return of(result('too_large'));
    return guardedReads<Row>({
      oids: [Number(oid)],
      read: (chunk) =>
        server.query({
          name: 'pg_bloat/exact',
          sql: exactSql(kind, extension),
          values: [chunk],
          ...at,
        }),
      oidOf: ([found]) => Number(found),
    }).pipe(
      map(({ rows }) => (rows[0] ? result(null, rows[0]) : result('locked'))),
      catchError((error: unknown) =>
        error instanceof QueryError && error.sqlstate === QUERY_CANCELED
          ? of(result('timeout'))
          : throwError(() => error as Error),
      ),
    );
  }
  return server
    .query({ name: 'pg_bloat/named', sql: namedSql, values: [names], ...at, timeoutMs: 5_000 })
    .pipe(
      concatMap((rows) => from(rows)),
      concatMap(one),
      toArray(),
    );
}

const values = ([
  ,
  bytes = null,
  live = null,
  dead = null,
  deadTuples = null,
  free = null,
  density = null,
  fragmentation = null,
]: Row): Record<string, Json> => ({
  bytes: int64(bytes),
  live_bytes: int64(live),
  dead_bytes: int64(dead),
  dead_tuples: int64(deadTuples),
  free_bytes: int64(free),
  leaf_density_percent: float(density),
  leaf_fragmentation_percent: float(fragmentation),
});
