import { beforeAll, describe, expect, it } from 'vitest';
import { pgCache } from '../../../src/sources/pg_cache/pg_cache.ts';
import { withPostgres } from '../../support/postgres.ts';
import { type Fields, type Reading, readUntil, rowsOf } from '../../support/readings.ts';

const server = withPostgres({ settings: { shared_buffers: '16MB' } });
const some = ({ metrics, troubles }: Reading) => metrics.length + troubles.length > 0;
const named = (metric: Reading['metrics'][number] | undefined, name: string | null) =>
  rowsOf(metric, 'databases').find((row) => row['name'] === name);

describe('pg_cache', () => {
  beforeAll(async () => {
    await server().sql('CREATE ROLE watcher LOGIN IN ROLE pg_monitor; CREATE ROLE nobody LOGIN');
    await server().sql('CREATE DATABASE shop');
    await server().sql('CREATE TABLE t AS SELECT generate_series(1, 10000) AS a', 'shop');
  });

  it('says why the buffers cannot be looked at while the extension is nowhere', async () => {
    const { metrics, troubles } = await readUntil(pgCache, server(), {}, some);
    expect(troubles).toStrictEqual([]);
    expect(metrics[0]).toMatchObject({
      buffers: null,
      usage_counts: null,
      buffers_unavailable: expect.stringContaining('pg_buffercache') as string,
    });
  });

  it('has the counters of pg_stat_database, and their ratio between two readings', async () => {
    let read: Promise<unknown> | undefined;
    const { metrics } = await readUntil(
      pgCache,
      server(),
      { connection: { databases: ['shop'] }, settings: { interval: 1 } },
      (reading) => {
        read ??= server().sql('SELECT count(*) FROM t; SELECT pg_stat_force_next_flush()', 'shop');
        return reading.metrics.some(
          (metric) => (named(metric, 'shop')?.['hit_ratio'] ?? null) !== null,
        );
      },
    );
    await read;
    const [view] = await server().sql(
      `SELECT blks_hit FROM pg_stat_database WHERE datname = 'shop'`,
    );
    expect(named(metrics[0], 'shop')).toMatchObject({ hit_ratio: null });
    const last = named(metrics.at(-1), 'shop');
    expect(last?.['blks_hit']).toBeLessThanOrEqual(Number(view!['blks_hit']));
    expect(last?.['hit_ratio']).toBeGreaterThan(0);
    expect(last?.['hit_ratio']).toBeLessThanOrEqual(1);
    expect(named(metrics[0], null)).toBeDefined();
  });

  it('looks at the buffers as pg_monitor, in whichever database has the extension', async () => {
    await server().sql('CREATE EXTENSION pg_buffercache', 'shop');
    const connection = { user: 'watcher', databases: ['shop'] };
    const { metrics, troubles } = await readUntil(pgCache, server(), { connection }, some);
    expect(troubles).toStrictEqual([]);
    expect(metrics[0]!['buffers_unavailable']).toBeNull();
    const { used, unused } = metrics[0]!['buffers'] as Fields;
    expect(Number(used) + Number(unused)).toBe(2048);
    const counted = rowsOf(metrics[0], 'usage_counts').reduce(
      (all, { buffers }) => all + Number(buffers),
      0,
    );
    expect(counted).toBe(2048);
  });

  it('says as a role without the right that it has none', async () => {
    const connection = { user: 'nobody', databases: ['shop'] };
    const { metrics, troubles } = await readUntil(pgCache, server(), { connection }, some);
    expect(troubles).toStrictEqual([]);
    expect(metrics[0]).toMatchObject({
      buffers: null,
      buffers_unavailable: expect.stringContaining('no right') as string,
    });
  });
});
