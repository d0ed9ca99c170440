import { describe, expect, it, vi } from 'vitest';
import { openServer } from '../../support/openServer.ts';
import { withPostgres } from '../../support/postgres.ts';

const dev = withPostgres();
const at = () => ({ host: dev().host, port: dev().port });

describe('a session', () => {
  it('has our settings in force', async () => {
    const { read } = openServer(at());
    const wanted = {
      application_name: 'pganalytics-collector',
      client_connection_check_interval: '1s',
      client_encoding: 'UTF8',
      DateStyle: 'ISO, MDY',
      default_transaction_read_only: 'on',
      idle_in_transaction_session_timeout: '10s',
      idle_session_timeout: '0',
      IntervalStyle: 'iso_8601',
      jit: 'off',
      lock_timeout: '100ms',
      search_path: 'pg_catalog, pg_temp',
      statement_timeout: '1s',
      TimeZone: 'UTC',
      transaction_timeout: '2min',
    };
    const rows = await read('SELECT name, current_setting(name) FROM unnest($1::text[]) AS name', {
      values: [Object.keys(wanted)],
    });
    expect(Object.fromEntries(rows)).toEqual(wanted);
  });

  it('takes nothing from the environment', async () => {
    const theirs = {
      PGOPTIONS: '-c work_mem=123kB',
      PGAPPNAME: 'somebody',
      PGUSER: 'nobody',
      PGDATABASE: 'nowhere',
      PGHOST: 'nohost.invalid',
      PGPORT: '1',
      PGSSLMODE: 'require',
      PGREPLICATION: 'database',
      PGCLIENTENCODING: 'LATIN1',
      PGCLIENT_ENCODING: 'LATIN1',
    };
    for (const [name, value] of Object.entries(theirs)) vi.stubEnv(name, value);
    const { read } = openServer(at());
    const [row] = await read(
      `SELECT current_setting('work_mem'), current_setting('application_name'),
        current_user, current_database(), current_setting('client_encoding')`,
    );
    vi.unstubAllEnvs();
    expect(row).toEqual(['4MB', 'pganalytics-collector', 'postgres', 'postgres', 'UTF8']);
  });

  it('cannot write', async () => {
    const { read } = openServer(at());
    await dev().sql('CREATE TABLE kept (a int)');
    await expect(
      read('WITH a AS (INSERT INTO public.kept VALUES (1) RETURNING 1) SELECT 1'),
    ).rejects.toMatchObject({ code: 'ERR_QUERY', sqlstate: '25006', query: 'test/read' });
  });

  it("gives every value as the server's text, and null for NULL", async () => {
    const { read } = openServer(at());
    const [row] = await read(
      `SELECT 9223372036854775807, 'NaN'::numeric, NULL, true, '{1,2}'::int[], 'infinity'::timestamptz,
         '1 day 00:00:01.5'::interval, '16/B374D848'::pg_lsn, '{"a": 1}'::json, timestamptz '2026-01-02 03:04:05.678901+01',
         1::int AS same, 2::int AS same`,
    );
    expect(row).toEqual([
      '9223372036854775807',
      'NaN',
      null,
      't',
      '{1,2}',
      'infinity',
      'P1DT1.5S',
      '16/B374D848',
      '{"a": 1}',
      '2026-01-02 02:04:05.678901+00',
      '1',
      '2',
    ]);
  });

  it('binds values, lists as one array', async () => {
    const { read } = openServer(at());
    const rows = await read(
      'SELECT * FROM unnest($1::oid[], $2::text[]), (SELECT $3::int, $4::text) AS x',
      {
        values: [[1, 2], ['a"b', 'c,{}'], 7, null],
      },
    );
    expect(rows).toEqual([
      ['1', 'a"b', '7', null],
      ['2', 'c,{}', '7', null],
    ]);
  });

  it('carries the marker of the source into pg_stat_activity and pg_stat_statements', async () => {
    await dev().sql('CREATE EXTENSION pg_stat_statements');
    const { value, read } = openServer(at());
    const mine = 'SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()';
    expect(await value(mine, { name: 'pg_locks/waiters' })).toBe(
      `SELECT /* pganalytics:pg_locks */ query FROM pg_stat_activity WHERE pid = pg_backend_pid()`,
    );
    for (const timeoutMs of [1000, 2000, 3000, 1000]) await value('SELECT 1', { timeoutMs });
    await value('SELECT 1', { settings: { work_mem: '1MB' } });
    await value('SELECT 1', { settings: { work_mem: '2MB' } });
    const texts = await read(
      `SELECT query FROM public.pg_stat_statements WHERE query LIKE '%pganalytics:session%' ORDER BY 1`,
    );
    // One entry for each kind of statement, whatever the values.
    expect(texts.map(([text]) => text?.replace(/\s+/g, ' ').slice(0, 60))).toEqual([
      'BEGIN /* pganalytics:session */ READ ONLY',
      'SELECT /* pganalytics:session */ current_setting($1) || $2 |',
      'SELECT /* pganalytics:session */ pg_backend_pid(), count(CAS',
      'SELECT /* pganalytics:session */ set_config($1, $2, $3)',
      'SELECT /* pganalytics:session */ set_config($1, $2, $3), set',
    ]);
  });
});

describe('settings of one read', () => {
  it('hold for that read alone', async () => {
    const { value } = openServer(at());
    const workMem = "SELECT current_setting('work_mem')";
    expect(await value(workMem, { settings: { work_mem: '32MB' } })).toBe('32MB');
    expect(await value(workMem)).toBe('4MB');
  });

  it('leave the session usable where the read fails', async () => {
    const { value } = openServer(at());
    const pid = await value('SELECT pg_backend_pid()');
    await expect(value('SELECT 1/0', { settings: { work_mem: '32MB' } })).rejects.toMatchObject({
      sqlstate: '22012',
    });
    await expect(value('SELECT 1', { settings: { nonsense: '1' } })).rejects.toMatchObject({
      sqlstate: '42704',
    });
    expect(await value('SELECT pg_backend_pid()')).toBe(pid);
    const idle = `SELECT state FROM pg_stat_activity WHERE pid = ${pid ?? ''}`;
    expect(await dev().sql(idle)).toEqual([{ state: 'idle' }]);
  });
});
