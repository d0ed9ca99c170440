import type { Static } from '@sinclair/typebox';
import { type Observable, concatMap, defer, forkJoin, map, take } from 'rxjs';
import { bigint, time, words } from '../../postgres/column.ts';
import { selection } from '../../postgres/selection.ts';
import type { Metric } from '../../schema/metric.ts';
import { interval, section } from '../../schema/section.ts';
import { parts } from '../parts.ts';
import { polled } from '../polled.ts';
import { type ServerContext, serverSource } from '../source.ts';
import { timestampNow } from '../timestamp.ts';
import { type WantedDatabases, wantedDatabases } from '../wantedDatabases.ts';
import { withFacts } from '../withFacts.ts';
import { HitRatios, type Hits } from './hitRatios.ts';
import {
  type Buffers,
  type BuffersMemory,
  lookAtBuffers,
  unknownBuffers,
} from './lookAtBuffers.ts';
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

interface Memory {
  readonly ratios: HitRatios;
  readonly buffers: BuffersMemory;
}

const hitsColumns = {
  name: words('d.datname', ''),
  stats_epoch: time('greatest(pg_postmaster_start_time(), b.stats_reset, d.stats_reset)', ''),
  blks_hit: bigint('d.blks_hit', ''),
  blks_read: bigint('d.blks_read', ''),
};
const hitsViews = { d: 'pg_stat_database', b: 'pg_stat_bgwriter' };

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
      const memory: Memory = { ratios: new HitRatios(), buffers: unknownBuffers() };
      return polled(context, { timeoutMs: 60_000 }, ({ buffers_interval }, dueAt) =>
        context.server.settings$.pipe(
          take(1),
          concatMap((connection) => {
            const wanted = wantedDatabases(connection);
            const { database } = connection;
            return forkJoin({
              hits: readHits(context, wanted),
              buffers: lookAtBuffers(context, memory.buffers, {
                dueAt,
                buffers_interval,
                database,
                others: wanted.names,
              }),
            });
          }),
          map(({ hits, buffers }) => metricsOf(context.server.name, hits, buffers, memory)),
        ),
      );
    }),
});

function readHits(context: Context, wanted: WantedDatabases): Observable<readonly Hits[]> {
  return withFacts(context, ({ has }, { server }) => {
    const { sql, read } = selection(hitsColumns, has, 0, hitsViews);
    return server
      .query({
        name: 'pg_cache/hits',
        sql: `SELECT ${sql} FROM pg_stat_database d LEFT JOIN pg_database p ON p.oid = d.datid CROSS JOIN pg_stat_bgwriter b
            WHERE d.datid = 0 OR ${wanted.condition} ORDER BY d.datname NULLS FIRST`,
        values: wanted.values,
        lane: 'slow',
        timeoutMs: 5_000,
      })
      .pipe(map((rows) => rows.map((row) => read(row) as unknown as Hits)));
  }).pipe(map((hits) => hits.filter(({ name }) => name === null || wanted.includes(name))));
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
