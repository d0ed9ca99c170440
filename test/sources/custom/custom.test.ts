import { Value } from '@sinclair/typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DevPostgres } from '../../../dev/postgres.ts';
import { startStandby } from '../../../dev/postgres/standby.ts';
import { messageOf } from '../../../src/errors.ts';
import { CustomQuery } from '../../../src/schema/config/custom.ts';
import { custom } from '../../../src/sources/custom/custom.ts';
import { withPostgres } from '../../support/postgres.ts';
import { type Reading, readUntil, rowsOf } from '../../support/readings.ts';

const dev = withPostgres({ settings: { logging_collector: 'on', log_filename: 'server.log' } });
const one = ({ metrics, troubles, notices }: Reading): boolean =>
  metrics.length + troubles.length + notices.length > 0;

beforeAll(async () => {
  await dev().sql('CREATE ROLE monitor LOGIN; GRANT pg_monitor TO monitor');
  await dev().sql('CREATE ROLE writer LOGIN; GRANT pg_write_server_files TO writer');
  await dev().sql('CREATE DATABASE shop');
  await dev().sql('CREATE DATABASE shed');
  for (const database of ['postgres', 'shop', 'shed']) {
    await dev().sql(
      `CREATE SCHEMA shop; GRANT USAGE ON SCHEMA shop TO PUBLIC;
       CREATE TABLE shop.orders (status text, amount numeric, at timestamptz);
       INSERT INTO shop.orders SELECT 'open', 9007199254740993, '2026-01-02 03:04:05.678+00' FROM generate_series(1, 3);
       INSERT INTO shop.orders VALUES ('paid', 1.5, NULL);
       GRANT SELECT ON shop.orders TO PUBLIC`,
      database,
    );
  }
});

/** A query with its defaults. */
const filled = (query: Readonly<Record<string, unknown>>): unknown =>
  Value.Default(CustomQuery, { ...query });

/** What one query gives, read once, as a role that may do nothing but read. */
const read = (
  query: Readonly<Record<string, unknown>>,
  { server = dev(), user = 'monitor', enough = one, all = {}, databases = [] as string[] } = {},
): Promise<Reading> =>
  readUntil(
    custom,
    server,
    { connection: { user, databases }, settings: { ...all, orders: filled(query) } },
    enough,
  );
const said = ({ troubles }: Reading): string => troubles.map(messageOf).join('\n');

const orders = `SELECT status, count(*) AS orders, max(amount) AS most, max(at) AS newest,
  bool_or(at IS NULL) AS undated, interval '1 min 0.5 s' AS late
  FROM shop.orders GROUP BY status ORDER BY status`;

describe('a custom query', () => {
  it('gives its rows by kind, 64-bit integers exact', async () => {
    const { metrics, troubles } = await read({ sql: orders, columns: { most: 'counter' } });
    expect(troubles).toEqual([]);
    expect(metrics[0]).toMatchObject({
      server: 'main',
      database: 'postgres',
      name: 'orders',
      columns: [
        { name: 'status', kind: 'label' },
        { name: 'orders', kind: 'gauge' },
        { name: 'most', kind: 'counter' },
        { name: 'newest', kind: 'time' },
        { name: 'undated', kind: 'gauge' },
        { name: 'late', kind: 'gauge' },
      ],
      rows: [
        {
          labels: { status: 'open' },
          values: { orders: 3, most: '9007199254740993', undated: 0, late: 60.5 },
          times: { newest: '2026-01-02T03:04:05.678Z' },
        },
        {
          labels: { status: 'paid' },
          values: { orders: 1, most: 1.5, undated: 1, late: 60.5 },
          times: { newest: null },
        },
      ],
      rows_total: 2,
      plan_cost: expect.any(Number) as number,
      plan_rows: expect.any(Number) as number,
      took_ms: expect.any(Number) as number,
    });
    expect(metrics[0]).not.toHaveProperty('truncated');
  });

  it('runs in each database that is read and fits, where it is asked to', async () => {
    const query = { sql: 'SELECT current_database() AS d', scope: 'database', databases: ['sho*'] };
    const databases = ['*'];
    const { metrics } = await read(query, { databases });
    expect(metrics.map(({ database }) => database)).toEqual(['shop']);
    const everywhere = await read(
      { ...query, databases: ['*'] },
      { databases, enough: ({ metrics: all }) => all.length === 3 },
    );
    expect(everywhere.metrics.map((metric) => rowsOf(metric, 'rows')[0]!['labels'])).toEqual(
      ['postgres', 'shed', 'shop'].map((d) => ({ d })),
    );
    const nowhere = await read({ ...query, databases: ['none'] }, { databases });
    expect(said(nowhere)).toContain('no database that is read fits [custom.orders]');
  });

  it('is cut loudly at its greatest number of rows', async () => {
    const { metrics } = await read({ sql: 'SELECT generate_series(1, 50) AS n', max_rows: 2 });
    expect(rowsOf(metrics[0], 'rows')).toHaveLength(2);
    expect(metrics[0]).toMatchObject({ truncated: true, total: 50, rows_total: 50 });
  });

  it('gives no rows where there are none', async () => {
    const { metrics } = await read({ sql: 'SELECT 1 AS n WHERE false' });
    expect(metrics[0]).toMatchObject({ rows: [], rows_total: 0, columns: [{ name: 'n' }] });
  });

  it('is cancelled at its time-out', async () => {
    const reading = await read({ sql: 'SELECT pg_sleep(20)::text AS a', timeout: 0.3 });
    expect(said(reading)).toMatch(/statement timeout \(57014\)/);
  });

  it('looks names up where it is told to, behind pg_catalog', async () => {
    const sql = 'SELECT count(*) AS n FROM orders';
    expect(said(await read({ sql }))).toContain('see search_path');
    const { metrics } = await read({ sql, search_path: ['shop'] });
    expect(rowsOf(metrics[0], 'rows')[0]!['values']).toEqual({ n: 4 });
  });

  it('redacts statements among its labels', async () => {
    const { metrics } = await read({ sql: `SELECT 'select * from t where a = ''x''' AS q` });
    expect(rowsOf(metrics[0], 'rows')[0]!['labels']).toEqual({ q: 'select * from t where a = ?' });
  });
});

describe('a custom query that is wrong', () => {
  it.each([
    ['SELECT 1 AS a,\n  nothing FROM shop.orders', '(42703, line 2, column 3)'],
    ['-- é\nSELECT 1 FROM FROM', '(42601, line 2, column 15)'],
    ['SELECT count(*) AS n FROM pg_authid', '(42501'],
    ['SELECT 1; SELECT 2', '(42601'],
    ['DELETE FROM shop.orders', 'must begin with SELECT'],
    ['COPY shop.orders TO STDOUT', 'must begin with SELECT'],
    ['WITH a AS (DELETE FROM shop.orders RETURNING 1) SELECT * FROM a', '(42501'],
    ['SELECT 1/0 AS n', '(22012)'],
    ['SELECT 1 AS a, 2 AS a', 'two columns are called "a"'],
  ])('says where: %s', async (sql, what) => {
    const reading = await read({ sql });
    expect(said(reading)).toContain(what);
    expect(reading.metrics).toEqual([]);
  });

  it.each([
    [{ b: 'gauge' }, 'no column "b", only "a"'],
    [{ a: 'gauge' }, 'column "a" is no number'],
    [{ a: 'time' }, 'column "a" is no timestamp'],
  ])('says what of %j does not fit its result', async (columns, what) => {
    expect(said(await read({ sql: `SELECT 'x' AS a`, columns }))).toContain(what);
  });

  it('costs only itself, and is asked of the server once', async () => {
    const sql = 'SELECT once_only FROM shop.orders';
    const { metrics, troubles } = await readUntil(
      custom,
      dev(),
      {
        connection: { user: 'monitor' },
        settings: {
          bad: filled({ sql, interval: 1 }),
          good: filled({ sql: 'SELECT 1 AS n', interval: 1 }),
        },
      },
      (reading) => reading.metrics.length >= 3,
    );
    expect(new Set(metrics.map(({ name }) => name))).toEqual(new Set(['good']));
    expect(troubles.length).toBeGreaterThan(1);
    expect(new Set(troubles.map(messageOf)).size).toBe(1);
    const [log] = await dev().sql(`SELECT pg_read_file('log/server.log') AS text`);
    expect(String(log!['text']).match(/ERROR: {2}column "once_only"/g)).toHaveLength(1);
  });
});

describe('a custom query is refused', () => {
  const query = { sql: 'SELECT 1 AS n' };
  it.each(['postgres', 'writer'])('as %s', async (user) => {
    const reading = await read(query, { user });
    expect(reading.metrics).toEqual([]);
    expect(said(reading)).toContain(`is not run as ${user}`);
  });

  it('unless it is allowed, and then says what that means', async () => {
    const all = { allow_superuser: true };
    const enough = ({ metrics }: Reading): boolean => metrics.length > 0;
    const { notices } = await read(query, { user: 'postgres', all, enough });
    expect(notices).toEqual([expect.stringContaining('runs with the rights of postgres')]);
  });
});

describe('a custom query that is not meant for a server', () => {
  let standby: DevPostgres | undefined;
  beforeAll(async () => {
    standby = await startStandby(dev());
  });
  afterAll(() => standby?.stop());
  const sql = 'SELECT pg_is_in_recovery() AS standby';

  it.each([
    [{ max_version: 12 }, /newer than max_version 12/],
    [{ min_version: 90 }, /older than min_version 90/],
    [{ runs_on: 'standby' }, /the server is a primary/],
  ])('is not read with %j, and says so once', async (query, why) => {
    const { metrics, notices } = await read({ sql, ...query });
    expect(metrics).toEqual([]);
    expect(notices).toEqual([expect.stringMatching(why)]);
  });

  it('is read where it is', async () => {
    const fit = { sql, min_version: 10, max_version: 90, runs_on: 'primary' };
    expect((await read(fit)).metrics).toHaveLength(1);
    const server = standby!;
    expect((await read({ sql, runs_on: 'primary' }, { server })).notices).toEqual([
      expect.stringContaining('the server is a standby'),
    ]);
    const { metrics } = await read({ sql, runs_on: 'standby' }, { server });
    expect(rowsOf(metrics[0], 'rows')[0]!['values']).toEqual({ standby: 1 });
  });
});
