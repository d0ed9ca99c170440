import { beforeAll, describe, expect, it } from 'vitest';
import type { Query, Row } from '../../../src/ports/server.ts';
import { type OpenServer, openServer } from '../../support/openServer.ts';
import { withPostgres } from '../../support/postgres.ts';

const dev = withPostgres();
const open = (): OpenServer => openServer({ host: dev().host, port: dev().port });
const asGuest = (maxRows: number | null): Partial<Query> => ({
  lane: 'database',
  guest: { maxRows },
  timeoutMs: 2000,
});

beforeAll(async () => {
  await dev().sql('CREATE TABLE kept (a int)');
  await dev().sql('CREATE DATABASE shop');
});

/** The rows of a guest, behind names, types and the count. */
async function rowsOf({ read }: OpenServer, sql: string, more?: Partial<Query>): Promise<Row[]> {
  return (await read(sql, { ...asGuest(100), ...more })).slice(3);
}

describe('a statement of a guest', () => {
  it('tells names, types and the count before its rows, each value as the text of the server', async () => {
    const rows = await open().read(
      `SELECT 9223372036854775807 AS big, NULL::text AS "no one", 'NaN'::numeric AS n`,
      asGuest(10),
    );
    expect(rows).toEqual([
      ['big', 'no one', 'n'],
      ['20', '25', '1700'],
      ['1'],
      ['9223372036854775807', null, 'NaN'],
    ]);
  });

  it('is only prepared where no rows are wanted', async () => {
    const rows = await open().read(`SELECT 1/0 AS never`, asGuest(null));
    expect(rows).toEqual([['never'], ['23'], ['0']]);
  });

  it('gives as many rows as are wanted, and how many there are, as far as they are counted', async () => {
    const { read } = open();
    const some = await read('SELECT generate_series(1, 300)', asGuest(2));
    expect(some.slice(2)).toEqual([['300'], ['1'], ['2']]);
    const endless = await read('SELECT generate_series(1, 1000000)', asGuest(2));
    expect(endless.slice(2)).toEqual([[null], ['1'], ['2']]);
  });

  it('says where it is wrong', async () => {
    const wrong = open().read('SELECT 1, nothing FROM pg_class', asGuest(null));
    await expect(wrong).rejects.toMatchObject({ sqlstate: '42703', position: 11 });
  });

  it('is one statement', async () => {
    const two = open().read('SELECT 1; SELECT 2', asGuest(1));
    await expect(two).rejects.toMatchObject({ sqlstate: '42601' });
  });

  it('ends at its time-out', async () => {
    const slow = open().read('SELECT pg_sleep(10)', { ...asGuest(1), timeoutMs: 200 });
    await expect(slow).rejects.toMatchObject({ sqlstate: '57014' });
  });

  it('runs where it was asked to, and looks names up only where it was told to', async () => {
    const server = open();
    expect(await rowsOf(server, 'SELECT current_database()', { database: 'shop' })).toEqual([
      ['shop'],
    ]);
    await expect(rowsOf(server, 'SELECT * FROM kept')).rejects.toMatchObject({ sqlstate: '42P01' });
    const settings = { search_path: 'pg_catalog, public, pg_temp' };
    expect(await rowsOf(server, 'SELECT * FROM kept', { settings })).toEqual([]);
  });

  it('takes one connection of the three, and none for long', async () => {
    const server = open();
    const backends = async (): Promise<unknown> =>
      (
        await dev().sql(
          `SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'pganalytics-collector'`,
        )
      )[0]!['count'];
    await Promise.all([
      server.read('SELECT 1'),
      server.read('SELECT 1', { lane: 'slow' }),
      server.read('SELECT 1', { lane: 'database', database: 'shop' }),
      server.read('SELECT 1', asGuest(1)),
      server.read('SELECT 1', { ...asGuest(1), database: 'shop' }),
    ]);
    expect(await backends()).toBeLessThanOrEqual(3);
    await expect.poll(backends, { timeout: 5000 }).toBe(2);
  });
});

describe('custom SQL cannot change the session', () => {
  const probe = `SELECT current_setting('search_path'), current_setting('statement_timeout'),
      current_setting('work_mem'), current_setting('default_transaction_read_only'),
      current_setting('transaction_read_only'), coalesce(current_setting('my.own', true), ''),
      (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'),
      (SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_cursors), session_user, current_user`;
  const attempts = [
    `SELECT set_config('search_path', 'public', false), set_config('statement_timeout', '0', false)`,
    `SELECT set_config('work_mem', '1GB', false), set_config('my.own', 'x', false)`,
    `SELECT set_config('default_transaction_read_only', 'off', false)`,
    `SELECT set_config('role', 'pg_monitor', false)`,
    `SELECT pg_advisory_lock(42), pg_advisory_lock_shared(43)`,
    `SELECT pg_advisory_lock(44), 1/0`,
  ];

  it.each(attempts)('not with %s', async (sql) => {
    const server = open();
    const before = await rowsOf(server, probe);
    const [ours] = await server.read(probe, { lane: 'slow' });
    await rowsOf(server, sql).catch(() => undefined);
    // At once: in the same session.
    expect(await rowsOf(server, probe)).toEqual(before);
    expect((await server.read(probe, { lane: 'slow' }))[0]).toEqual(ours);
    expect(await dev().sql(`SELECT * FROM pg_locks WHERE locktype = 'advisory'`)).toEqual([]);
  });

  it.each([
    `WITH a AS (INSERT INTO public.kept VALUES (1) RETURNING 1) SELECT 1`,
    `SELECT set_config('transaction_read_only', 'off', true)`,
    `SELECT nextval('public.s')`,
    `COMMIT`,
  ])('nor write with %s', async (sql) => {
    await dev().sql('CREATE SEQUENCE IF NOT EXISTS s');
    const server = open();
    await rowsOf(server, sql).catch(() => undefined);
    await rowsOf(server, sql.replace('transaction_read_only', 'x.y')).catch(() => undefined);
    expect(await dev().sql('SELECT * FROM kept')).toEqual([]);
    expect(await dev().sql('SELECT is_called FROM s')).toEqual([{ is_called: false }]);
  });

  it('nor can another query of the agent be run in a session of a guest', async () => {
    const server = open();
    const pid = 'SELECT pg_backend_pid()';
    const [[guest]] = (await rowsOf(server, pid, { database: 'shop' })) as [Row];
    const ours = await server.value(pid, { lane: 'database', database: 'shop' });
    expect(ours).not.toBe(guest);
  });
});
