import {
  type Observable,
  catchError,
  concatMap,
  defer,
  forkJoin,
  from,
  map,
  of,
  take,
  throwIfEmpty,
} from 'rxjs';
import { UnavailableError } from '../../errors.ts';
import { float, int64 } from '../../postgres/values.ts';
import type { Query, Row } from '../../ports/server.ts';
import type { Json } from '../../schema/json.ts';
import type { MonitoredServer } from '../source.ts';
import { timestampNow } from '../timestamp.ts';

/** Where the extension can be read. */
export interface BuffersPlace {
  /** A database that has it. */
  readonly database: string;
  /** Its schema, quoted. */
  readonly schema: string;
}

/** Where else to look for the extension: each database costs a connection. */
const MAX_DATABASES = 10;

/** `[database, schema, has the functions, may call them]`, or no row. */
const placeSql = `SELECT current_database(), quote_ident(n.nspname),
    f.oid IS NOT NULL, has_function_privilege(f.oid, 'EXECUTE')
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
  LEFT JOIN pg_proc f ON f.pronamespace = n.oid AND f.proname = 'pg_buffercache_summary'
  WHERE e.extname = 'pg_buffercache'`;

/** Emits the first database of those given that has pg_buffercache; errors with `UnavailableError` where none has. */
export function findBuffers(
  server: MonitoredServer,
  maintenance: string,
  others: readonly string[],
): Observable<BuffersPlace> {
  const candidates = [maintenance, ...others.filter((name) => name !== maintenance)];
  let reason = 'the extension pg_buffercache is in no database that is read';
  return from(candidates.slice(0, MAX_DATABASES)).pipe(
    concatMap((database) =>
      server
        .query({ name: 'pg_cache/extension', sql: placeSql, ...at(database) })
        .pipe(catchError(() => of([]))),
    ),
    concatMap(([row]) => {
      if (row === undefined) return [];
      const [database, schema, has, may] = row;
      if (has === 't' && may === 't') return [{ database: database ?? '', schema: schema ?? '' }];
      reason =
        has === 't'
          ? `no right to call pg_buffercache_summary() in database ${database ?? ''} (pg_monitor has it)`
          : `pg_buffercache in database ${database ?? ''} is older than 1.4 (ALTER EXTENSION pg_buffercache UPDATE)`;
      return [];
    }),
    take(1),
    throwIfEmpty(() => new UnavailableError(reason)),
  );
}

const at = (database: string): Pick<Query, 'lane' | 'database' | 'timeoutMs'> => ({
  lane: 'database',
  database,
  timeoutMs: 5_000,
});

/** What is in the shared buffers: fields of the metric. Walks over all of them, without locks. */
export function readBuffers(
  server: MonitoredServer,
  { database, schema }: BuffersPlace,
): Observable<{ readonly buffers: Json; readonly usage_counts: Json }> {
  function read(what: string, sql: string): Observable<readonly Row[]> {
    return server.query({ name: `pg_cache/${what}`, sql, ...at(database) });
  }
  const summary$ = read(
    'summary',
    `SELECT buffers_used, buffers_unused, buffers_dirty, buffers_pinned, usagecount_avg FROM ${schema}.pg_buffercache_summary()`,
  );
  const counts$ = defer(() =>
    read(
      'usage_counts',
      `SELECT usage_count, buffers, dirty, pinned FROM ${schema}.pg_buffercache_usage_counts() ORDER BY usage_count`,
    ),
  );
  return forkJoin([summary$, counts$]).pipe(
    map(([[row = []], counts]) => ({ buffers: buffersOf(row), usage_counts: counts.map(countOf) })),
  );
}

const buffersOf = ([
  used = null,
  unused = null,
  dirty = null,
  pinned = null,
  average = null,
]: Row) => ({
  used: int64(used),
  unused: int64(unused),
  dirty: int64(dirty),
  pinned: int64(pinned),
  usage_count_average: float(average),
  read_at: timestampNow(),
});

const countOf = ([usage = null, buffers = null, dirty = null, pinned = null]: Row) => ({
  usage_count: int64(usage),
  buffers: int64(buffers),
  dirty: int64(dirty),
  pinned: int64(pinned),
});
