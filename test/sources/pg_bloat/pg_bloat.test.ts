import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { pgBloat } from '../../../src/sources/pg_bloat/pg_bloat.ts';
import { withPostgres } from '../../support/postgres.ts';
import { type Fields, type Reading, readUntil, rowsOf } from '../../support/readings.ts';

const server = withPostgres({
  settings: { autovacuum: 'off', logging_collector: 'on', log_filename: 'server.log' },
});
const one = ({ metrics, troubles }: Reading) => metrics.length + troubles.length > 0;
const named = (rows: readonly Fields[], name: string): Fields =>
  rows.find((row) => row['name'] === name) ?? {};
const grants = `GRANT SELECT (starelid, staattnum, stainherit, stanullfrac, stawidth) ON pg_statistic TO watcher`;

const read = async (
  user: string,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Reading> => readUntil(pgBloat, server(), { connection: { user }, settings }, one);

describe('pg_bloat', () => {
  beforeAll(async () => {
    await server().sql(`CREATE ROLE watcher LOGIN IN ROLE pg_monitor; CREATE ROLE nobody LOGIN;
      CREATE EXTENSION pg_stat_statements; CREATE EXTENSION pgstattuple;
      CREATE TABLE half (id bigserial PRIMARY KEY, a int, b text, c timestamptz DEFAULT now());
      INSERT INTO half (a, b) SELECT g, md5(g::text) FROM generate_series(1, 50000) g;
      CREATE INDEX half_lower ON half (lower(b));
      CREATE TABLE compact (a int, b smallint, c bigint, d boolean, e uuid, f text);
      INSERT INTO compact SELECT g, 1, g, true, gen_random_uuid(), CASE WHEN g % 2 = 0 THEN repeat('x', g % 300) END
        FROM generate_series(1, 50000) g;
      CREATE TABLE filled (a int, b text) WITH (fillfactor = 50);
      INSERT INTO filled SELECT g, md5(g::text) FROM generate_series(1, 20000) g;
      CREATE TABLE fresh AS SELECT 1 AS a;
      DELETE FROM half WHERE id % 2 = 0`);
    await server().sql('VACUUM ANALYZE half, compact, filled');
    await server().sql('VACUUM fresh');
  });

  it.each(['watcher', 'nobody'])(
    'is unavailable to %s without the grant, and not 0',
    async (user) => {
      const { metrics, troubles } = await read(user);
      expect(troubles).toStrictEqual([]);
      expect(metrics[0]).toMatchObject({
        unavailable: 'privilege',
        tables: null,
        tables_bloat_bytes: null,
        indexes: null,
      });
    },
  );

  it('estimates as pg_monitor with the grant what pgstattuple measures', async () => {
    await server().sql(grants);
    const { metrics, troubles } = await read('watcher');
    expect(troubles).toStrictEqual([]);
    const [metric] = metrics;
    expect(metric).toMatchObject({ unavailable: null, tables_total: 3, not_estimated: 1 });
    const tables = rowsOf(metric, 'tables');
    expect(tables[0]).toMatchObject({ schema: 'public', name: 'half', fillfactor: 100 });
    const measured = await server().sql(
      `SELECT relname, free_percent / 100 AS free FROM pg_class, pgstattuple(oid) WHERE relname IN ('half', 'compact')`,
    );
    for (const { relname, free } of measured) {
      const { bloat_ratio } = named(tables, relname as string);
      expect(Math.abs(Number(bloat_ratio) - Number(free))).toBeLessThan(0.06);
    }
    expect(Number(named(tables, 'filled')['bloat_ratio'])).toBeLessThan(0.05);
    const indexes = rowsOf(metric, 'indexes');
    for (const name of ['half_pkey', 'half_lower']) {
      const { bloat_ratio, table } = named(indexes, name);
      expect(table).toBe('half');
      expect(Number(bloat_ratio)).toBeGreaterThan(0.45);
      expect(Number(bloat_ratio)).toBeLessThan(0.55);
    }
    const sum = tables.reduce((all, { bloat_bytes }) => all + Number(bloat_bytes), 0);
    expect(metric!['tables_bloat_bytes']).toBe(sum);
  });

  it('lists the worst and says how many there are', async () => {
    const { metrics } = await read('watcher', { max_tables: 1, max_indexes: 1 });
    expect(metrics[0]).toMatchObject({ truncated: true, total: 5, tables_total: 3 });
    expect(rowsOf(metrics[0], 'tables').map(({ name }) => name)).toStrictEqual(['half']);
    expect(rowsOf(metrics[0], 'indexes')).toHaveLength(1);
  });

  it('reads exactly what is named, up to a size, and goes round locks', async () => {
    const blocker = await server().connect();
    try {
      await blocker.query('BEGIN; LOCK TABLE filled IN ACCESS EXCLUSIVE MODE');
      const { metrics, troubles } = await read('watcher', {
        exact: ['public.half', 'public.half_pkey', 'public.compact', 'public.filled', 'other.t'],
        exact_max_bytes: 4_500_000,
      });
      expect(troubles).toStrictEqual([]);
      const exact = rowsOf(metrics[0], 'exact');
      const [view] = await server().sql(`SELECT * FROM pgstattuple('half')`);
      expect(named(exact, 'half')).toMatchObject({
        kind: 'table',
        bytes: Number(view!['table_len']),
        live_bytes: Number(view!['tuple_len']),
        free_bytes: Number(view!['free_space']),
        dead_tuples: 0,
        unavailable: null,
      });
      expect(named(exact, 'half_pkey')['leaf_density_percent']).toBeGreaterThan(40);
      expect(named(exact, 'compact')).toMatchObject({ bytes: null, unavailable: 'too_large' });
      expect(named(exact, 'filled')).toMatchObject({ bytes: null, unavailable: 'locked' });
      expect(exact).toHaveLength(4);
    } finally {
      await blocker.end();
    }
  });

  it('says of a role that may not call pgstattuple that it may not', async () => {
    const { metrics } = await read('nobody', { exact: ['public.half'] });
    expect(rowsOf(metrics[0], 'exact')).toMatchObject([{ name: 'half', unavailable: 'privilege' }]);
  });

  it('leaves no error in the log of the server', async () => {
    const { logDirectory } = server();
    const texts = await Promise.all(
      (await readdir(logDirectory)).map((file) => readFile(join(logDirectory, file), 'utf8')),
    );
    const errors = texts
      .flatMap((text) => text.split('\n'))
      .filter((line) => /(ERROR|FATAL):/.test(line) && !line.includes('starting up'));
    expect(errors).toStrictEqual([]);
  });
});
