import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Metric } from '../../../src/schema/metric.ts';
import { pgQueryStats } from '../../../src/sources/pg_query_stats/pg_query_stats.ts';
import { withPostgres } from '../../support/postgres.ts';
import { type Fields, type Reading, readUntil, rowsOf } from '../../support/readings.ts';

const source = pgQueryStats;
const server = withPostgres({
  settings: {
    logging_collector: 'on',
    log_filename: 'server.log',
    'pg_stat_statements.track': 'all',
  },
});
const of = (database: string) => (metric: Metric) => metric['database'] === database;
const has = (database: string) => (reading: Reading) => reading.metrics.some(of(database));
/** As another role than the one that worked: the agent's own statements are then nobody else's. */
const monitor = { user: 'monitor' };
const textsOf = (metric: Metric | undefined) => rowsOf(metric, 'queries').map(({ text }) => text);

describe('pg_query_stats', () => {
  beforeAll(async () => {
    await server().sql('CREATE SCHEMA "Ext s"; CREATE EXTENSION pg_stat_statements SCHEMA "Ext s"');
    await server().sql(
      'CREATE ROLE monitor LOGIN; GRANT pg_monitor TO monitor; GRANT USAGE ON SCHEMA "Ext s" TO monitor',
    );
    await server().sql('CREATE ROLE nobody LOGIN; GRANT USAGE ON SCHEMA "Ext s" TO nobody');
    await server().sql('CREATE DATABASE shop');
    await server().sql(
      'CREATE TABLE orders (id int, total numeric); INSERT INTO orders SELECT g, g FROM generate_series(1, 500) g',
      'shop',
    );
  });

  it('says of each statement exactly what the view says', async () => {
    for (let n = 0; n < 3; n++)
      await server().sql(`SELECT count(*) FROM orders WHERE total = ${n}.5`, 'shop');
    const { metrics, troubles } = await readUntil(
      source,
      server(),
      { connection: { ...monitor, databases: ['shop'] } },
      has('shop'),
    );
    expect(troubles).toStrictEqual([]);
    const [view] = await server().sql(
      `SELECT *, queryid::text AS id FROM "Ext s".pg_stat_statements WHERE query LIKE 'SELECT count(*) FROM orders%'`,
    );
    const row = rowsOf(metrics.find(of('shop')), 'queries').find(
      ({ query_id }) => query_id === view!['id'],
    );
    expect(row).toMatchObject({
      hash: Number.isSafeInteger(Number(view!['id'])) ? Number(view!['id']) : view!['id'],
      text: 'SELECT count(*) FROM orders WHERE total = $1',
      user: 'postgres',
      toplevel: true,
      calls: 3,
      rows: 3,
      total_time: view!['total_exec_time'],
      query_exec_time: view!['total_exec_time'],
      mean_time: view!['mean_exec_time'],
      min_time: view!['min_exec_time'],
      max_time: view!['max_exec_time'],
      stddev_time: view!['stddev_exec_time'],
      shared_blks_hit: Number(view!['shared_blks_hit']),
      wal_bytes: Number(view!['wal_bytes']),
      query_plan_time: null,
      blk_read_time: null,
      blk_write_time: null,
    });
    expect(new Date(row!['stats_since'] as string)).toStrictEqual(view!['stats_since']);
  });

  it('writes query ids beyond 2^53 as exact integers', async () => {
    const { metrics } = await readUntil(
      source,
      server(),
      { connection: { ...monitor, databases: ['shop'] } },
      has('shop'),
    );
    const large = rowsOf(metrics.find(of('shop')), 'queries').filter(
      ({ hash }) => typeof hash === 'string',
    );
    expect(large.length).toBeGreaterThan(0);
    const { codec } = await import('../../../src/schema/codec.ts');
    const { json } = codec(source.metrics[0]!)(metrics[0]!) as { json: string };
    for (const { query_id } of large) expect(json).toContain(`"hash":${query_id as string},`);
  });

  it('keeps sums true: those listed and the others are all that the view has', async () => {
    for (let n = 0; n < 20; n++)
      await server().sql(`SELECT ${'id,'.repeat(n + 1)} 1 FROM orders LIMIT 1`, 'shop');
    const { metrics } = await readUntil(
      source,
      server(),
      { connection: { ...monitor, databases: ['shop'] }, settings: { top: 5 } },
      has('shop'),
    );
    const metric = metrics.find(of('shop'))!;
    const [view] = await server().sql(
      `SELECT count(*)::int AS entries, sum(calls)::int AS calls, sum(rows)::int AS rows FROM "Ext s".pg_stat_statements
       WHERE toplevel AND dbid = (SELECT oid FROM pg_database WHERE datname = 'shop')`,
    );
    const listed = rowsOf(metric, 'queries');
    const other = metric['other'] as Fields;
    const sum = (name: string) =>
      listed.reduce((total, row) => total + Number(row[name]), Number(other[name]));
    expect(listed).toHaveLength(5);
    expect(metric).toMatchObject({ truncated: true });
    expect([listed.length + Number(other['entries']), sum('calls'), sum('rows')]).toStrictEqual([
      view!['entries'],
      view!['calls'],
      view!['rows'],
    ]);
  });

  it('lists no statement of its own, and no literal, password or body', async () => {
    await server().sql(`CREATE ROLE app PASSWORD 'hunter2hunter2'`, 'shop');
    await server().sql(`DO $$ BEGIN PERFORM 'topsecret'; END $$`, 'shop');
    const { metrics } = await readUntil(
      source,
      server(),
      { connection: { ...monitor, databases: ['shop', 'postgres'] }, settings: { interval: 1 } },
      (reading) => reading.metrics.filter(of('postgres')).length >= 3,
    );
    const texts = metrics.flatMap(textsOf);
    expect(JSON.stringify(metrics)).not.toMatch(/pganalytics:|hunter2|topsecret/);
    expect(texts).toContain('CREATE ROLE');
    expect(texts).toContain('DO ?');
  });

  it('sums up what it may not see', async () => {
    const { metrics, troubles } = await readUntil(
      source,
      server(),
      { connection: { user: 'nobody', databases: ['shop'] } },
      has('shop'),
    );
    expect(troubles).toStrictEqual([]);
    const metric = metrics.find(of('shop'))!;
    expect(textsOf(metric)).toStrictEqual([]);
    expect(metric['other']).toMatchObject({ entries: expect.any(Number) as number });
    expect(Number((metric['other'] as Fields)['calls'])).toBeGreaterThan(0);
  });

  it('tells statements within functions apart', async () => {
    await server().sql(
      `CREATE FUNCTION f() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT sum(id) FROM orders); END'; SELECT f()`,
      'shop',
    );
    const { metrics } = await readUntil(
      source,
      server(),
      { connection: { ...monitor, databases: ['shop'] } },
      has('shop'),
    );
    expect(
      rowsOf(metrics.find(of('shop')), 'queries').some(({ toplevel }) => toplevel === false),
    ).toBe(true);
    expect(metrics.find(of('shop'))).toMatchObject({ double_counted: false });
  });

  it('notices a reset', async () => {
    const read = async () =>
      (
        await readUntil(
          source,
          server(),
          { connection: { ...monitor, databases: ['shop'] } },
          has('shop'),
        )
      ).metrics.find(of('shop'))!;
    const before = await read();
    await server().sql('SELECT "Ext s".pg_stat_statements_reset()');
    await server().sql('SELECT count(*) FROM orders', 'shop');
    const after = await read();
    expect((after['stats_reset'] as string) > (before['stats_reset'] as string)).toBe(true);
    expect(after['stats_epoch']).toBe(after['stats_reset']);
    expect(Number(after['total'])).toBeLessThan(Number(before['total']));
  });

  it('leaves no error in the log of the server', async () => {
    const { logDirectory } = server();
    const texts = await Promise.all(
      (await readdir(logDirectory)).map((file) => readFile(join(logDirectory, file), 'utf8')),
    );
    expect(
      texts
        .join('\n')
        .split('\n')
        .filter((line) => /(ERROR|FATAL):/.test(line) && !line.includes('starting up')),
    ).toStrictEqual([]);
  });
});

describe('pg_query_stats without its extension', () => {
  const bare = withPostgres();
  it('says what to do', async () => {
    const { metrics, troubles } = await readUntil(
      source,
      bare(),
      {},
      (reading) => reading.troubles.length > 0,
    );
    expect(metrics).toStrictEqual([]);
    expect(String(troubles[0])).toContain('CREATE EXTENSION pg_stat_statements');
  });

  it('refuses an extension older than 1.8, with the remedy', async () => {
    await bare().sql(`CREATE EXTENSION pg_stat_statements VERSION '1.7'`);
    const { troubles } = await readUntil(
      source,
      bare(),
      {},
      (reading) => reading.troubles.length > 0,
    );
    expect(String(troubles[0])).toContain('ALTER EXTENSION pg_stat_statements UPDATE');
  });

  it.each(['1.8', '1.9', '1.10', '1.11', '1.12'])(
    'reads version %s of the extension',
    async (version) => {
      await bare().sql(
        `DROP EXTENSION pg_stat_statements; CREATE EXTENSION pg_stat_statements VERSION '${version}'; SELECT 1`,
      );
      const { metrics, troubles } = await readUntil(
        source,
        bare(),
        {},
        (reading) => reading.metrics.length > 0 || reading.troubles.length > 0,
      );
      expect(troubles).toStrictEqual([]);
      expect(metrics[0]).toMatchObject({ extension_version: version });
      expect(Number(metrics[0]!['total'])).toBeGreaterThan(0);
    },
  );
});
