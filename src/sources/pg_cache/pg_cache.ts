import type { Static } from '@sinclair/typebox';
import {
  type Observable,
  asyncScheduler,
  catchError,
  concatMap,
  defer,
  forkJoin,
  map,
  of,
  take,
  tap,
} from 'rxjs';
import { UnavailableError } from '../../errors.ts';
import { int64, timestamp } from '../../postgres/values.ts';
import type { Json } from '../../schema/json.ts';
import type { Metric } from '../../schema/metric.ts';
import { interval, section } from '../../schema/section.ts';
import { parts } from '../parts.ts';
import { polled } from '../polled.ts';
import { type ServerContext, serverSource } from '../source.ts';
import { timestampNow } from '../timestamp.ts';
import { type WantedDatabases, wantedDatabases } from '../wantedDatabases.ts';
import { type BuffersPlace, findBuffers, readBuffers } from './buffers.ts';
import { HitRatios, type Hits } from './hitRatios.ts';
import { pgCacheMetric } from './pgCacheMetric.ts';

const settings = section(
  'hits of the shared buffers, and what is in them (extension pg_buffercache 1.4)',
  { default: 60, remoteMinimum: 10 },
  {
    buffers_interval: interval({
      default: 300,
      minimum: 10,
      remoteMinimum: 60,
      description:
        'time between two looks at the buffers themselves; where the extension is missing, it is looked for hourly',
    }),
  },
);
type Context = ServerContext<Static<typeof settings>>;

/** What is known of the buffers. */
interface Buffers {
  readonly buffers: Json;
  readonly usage_counts: Json;
  readonly buffers_unavailable: string | null;
}

interface Memory {
  readonly ratios: HitRatios;
  place: BuffersPlace | undefined;
  buffers: Buffers;
  /** When the buffers are read, or the extension looked for, next; ms since 1970. */
  nextAt: number;
}

/** How often a missing extension is looked for, in ms. */
const LOOK_MS = 3_600_000;

const hitsSql = `SELECT d.datname, greatest(pg_postmaster_start_time(), b.stats_reset, d.stats_reset), d.blks_hit, d.blks_read
  FROM pg_stat_database d LEFT JOIN pg_database p ON p.oid = d.datid CROSS JOIN pg_stat_bgwriter b`;

/** `pg_cache`: hits of the shared buffers by database; and what is in them, where pg_buffercache can be read. */
export const pgCache = serverSource({
  type: 'pg_cache',
  scope: 'server',
  settings,
  rhythms: [
    { key: 'interval', reads: ['hits'] },
    { key: 'buffers_interval', kind: 'sizes' },
  ],
  metrics: [pgCacheMetric],
  read: (context) =>
    defer(() => {
      const memory: Memory = {
        ratios: new HitRatios(),
        place: undefined,
        buffers: unavailable('not looked at yet'),
        nextAt: -Infinity,
      };
      return polled(context, { timeoutMs: 60_000 }, ({ buffers_interval }, dueAt) =>
        context.server.settings$.pipe(
          take(1),
          concatMap((connection) => {
            const wanted = wantedDatabases(connection);
            const { database } = connection;
            return forkJoin({
              hits: readHits(context, wanted),
              buffers: lookAtBuffers(context, memory, {
                dueAt,
                buffers_interval,
                database,
                wanted,
              }),
            });
          }),
          map(({ hits, buffers }) => metricsOf(context.server.name, hits, buffers, memory)),
        ),
      );
    }),
});

const unavailable = (reason: string): Buffers => ({
  buffers: null,
  usage_counts: null,
  buffers_unavailable: reason,
});

function readHits({ server }: Context, wanted: WantedDatabases): Observable<readonly Hits[]> {
  return server
    .query({
      name: 'pg_cache/hits',
      sql: `${hitsSql} WHERE d.datid = 0 OR ${wanted.condition} ORDER BY d.datname NULLS FIRST`,
      values: wanted.values,
      lane: 'slow',
      timeoutMs: 5_000,
    })
    .pipe(
      map((rows) =>
        rows
          .filter(([name = null]) => name === null || wanted.includes(name))
          .map(([name = null, epoch = null, hit = null, read = null]) => ({
            name,
            stats_epoch: timestamp(epoch),
            blks_hit: int64(hit),
            blks_read: int64(read),
          })),
      ),
    );
}

interface Look {
  readonly dueAt: number;
  readonly buffers_interval: number;
  readonly database: string;
  readonly wanted: WantedDatabases;
}

/** The buffers, read where that is due, or why they cannot be read. Never errors. */
function lookAtBuffers(
  { server, trouble }: Context,
  memory: Memory,
  { dueAt, buffers_interval, database, wanted }: Look,
): Observable<Buffers> {
  if (dueAt < memory.nextAt) return of(memory.buffers);
  memory.nextAt = dueAt + buffers_interval * 1000;
  const place$ = memory.place
    ? of(memory.place)
    : defer(() => findBuffers(server, database, wanted.names));
  return server.facts().pipe(
    concatMap(({ versionNum }) => {
      if (versionNum < 160_000) throw new UnavailableError('needs PostgreSQL 16 or later');
      return place$;
    }),
    tap((place) => (memory.place = place)),
    concatMap((place) => readBuffers(server, place)),
    map((read): Buffers => ({ ...read, buffers_unavailable: null })),
    catchError((error: unknown) => {
      memory.place = undefined;
      if (!(error instanceof UnavailableError)) trouble(error);
      memory.nextAt = asyncScheduler.now() + LOOK_MS;
      return of(unavailable(error instanceof Error ? error.message : String(error)));
    }),
    tap((buffers) => (memory.buffers = buffers)),
  );
}

function metricsOf(
  server: string,
  hits: readonly Hits[],
  buffers: Buffers,
  { ratios }: Memory,
): readonly Metric[] {
  const ratio = ratios.since(hits);
  const metric: Metric = {
    type: 'pg_cache',
    timestamp: timestampNow(),
    server,
    databases: hits.map((each, index) => ({ ...each, hit_ratio: ratio[index] ?? null })),
    ...buffers,
  };
  return parts(metric, ['databases']);
}
