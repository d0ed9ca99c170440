import { describe, expect, it, vi } from 'vitest';
import { UnreachableError } from '../../../src/errors.ts';
import { eventually, openServer } from '../../support/openServer.ts';
import { withPostgres } from '../../support/postgres.ts';

const dev = withPostgres();
const at = () => ({ host: dev().host, port: dev().port });
const ours = (where = 'true') =>
  dev().sql(
    `SELECT pid, datname, usename FROM pg_stat_activity
     WHERE application_name = 'pganalytics-collector' AND ${where}`,
  );

describe('a lost connection', () => {
  it('is replaced by the next query: an idle one', async () => {
    const { value } = openServer(at());
    const pid = await value('SELECT pg_backend_pid()');
    await dev().sql(`SELECT pg_terminate_backend(${pid ?? ''}, 5000)`);
    const next = await value('SELECT pg_backend_pid()').catch(() =>
      value('SELECT pg_backend_pid()'),
    );
    expect(next).not.toBe(pid);
  });

  it('is replaced by the next query: one that ran a statement, which is told', async () => {
    const { value } = openServer(at());
    const running = value('SELECT pg_sleep(30)', { timeoutMs: 30_000 });
    const told = running.catch((error: unknown) => error);
    await eventually(async () => expect(await ours("wait_event = 'PgSleep'")).toHaveLength(1));
    const [victim] = await ours("wait_event = 'PgSleep'");
    await dev().sql(`SELECT pg_terminate_backend(${String(victim?.['pid'])})`);
    expect(await told).toMatchObject({
      code: 'ERR_UNREACHABLE',
      reason: 'lost',
      sqlstate: '57P01',
    });
    expect(await value('SELECT 1')).toBe('1');
  });

  it('comes back after a restart of the server, which is refused meanwhile', async () => {
    const { value } = openServer(at());
    await value('SELECT 1');
    await dev().halt();
    await eventually(async () => {
      const error = await value('SELECT 1').catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(UnreachableError);
      expect(error).toMatchObject({ reason: 'refused' });
    });
    await dev().resume();
    await eventually(async () => expect(await value('SELECT 1')).toBe('1'));
  });
});

describe('new settings', () => {
  it('count from the next query on; the running one ends on its connection', async () => {
    await dev().sql('CREATE ROLE other LOGIN IN ROLE pg_monitor');
    const { value, settings$ } = openServer(at());
    const holder = await dev().connect();
    await holder.query('SELECT pg_advisory_lock(1)');
    const waits = 'SELECT current_user FROM pg_advisory_xact_lock_shared(1)';
    const running = value(waits, { timeoutMs: 30_000 });
    await eventually(async () => expect(await ours("wait_event = 'advisory'")).toHaveLength(1));
    settings$.next({ ...settings$.value, user: 'other' });
    const next = value('SELECT current_user');
    await holder.end();
    expect(await running).toBe('postgres');
    expect(await next).toBe('other');
    await eventually(async () => expect(await ours("usename = 'postgres'")).toHaveLength(0));
  });

  it('close idle connections at once', async () => {
    const { value, settings$ } = openServer(at());
    await value('SELECT 1');
    await value('SELECT 1', { lane: 'slow' });
    settings$.next({ ...settings$.value, database: 'template1' });
    await eventually(async () => expect(await ours()).toHaveLength(0));
    expect(await value('SELECT current_database()')).toBe('template1');
  });

  it('that no connection depends on leave the connections alone', async () => {
    const { value, settings$ } = openServer(at());
    const pid = await value('SELECT pg_backend_pid()');
    settings$.next({ ...settings$.value, databases: ['a'], exclude_databases: ['b'] });
    expect(await value('SELECT pg_backend_pid()')).toBe(pid);
  });
});

describe('other databases', () => {
  const inside = (database: string) => ({ lane: 'database' as const, database });
  const here = 'SELECT current_database()';

  it('share one connection, one after the other, and never more than three in all', async () => {
    await dev().sql('CREATE DATABASE one');
    await dev().sql('CREATE DATABASE two');
    const { value } = openServer(at());
    let most = 0;
    const watching = new AbortController();
    const watch = (async () => {
      const admin = await dev().connect();
      while (!watching.signal.aborted) {
        const { rows } = await admin.query<{ n: number }>(
          `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'pganalytics-collector'`,
        );
        most = Math.max(most, rows[0]?.n ?? 0);
      }
      await admin.end();
    })();
    const names = await Promise.all([
      value(here),
      value(here, { lane: 'slow' }),
      value(here, inside('one')),
      value(here, inside('two')),
      value(here, inside('one')),
      value(here, inside('postgres')),
    ]);
    watching.abort();
    await watch;
    expect(names).toEqual(['postgres', 'postgres', 'one', 'two', 'one', 'postgres']);
    expect(most).toBeLessThanOrEqual(3);
  });

  it('are connected to at most once a second, and reused while they are read', async () => {
    const { value } = openServer(at());
    const pid = 'SELECT pg_backend_pid()';
    const start = performance.now();
    const first = await value(pid, inside('one'));
    expect(await value(pid, inside('one'))).toBe(first);
    await value(pid, inside('two'));
    expect(performance.now() - start).toBeGreaterThan(950);
    await value(pid, inside('one'));
    expect(performance.now() - start).toBeGreaterThan(1_900);
  });

  it('are visited by several at once over one connection each', async () => {
    const { value } = openServer(at());
    const visit = async (): Promise<string[]> => {
      const pids: string[] = [];
      for (const database of ['one', 'one', 'one', 'two', 'two', 'two']) {
        pids.push(`${database} ${await value('SELECT pg_backend_pid()', inside(database))}`);
      }
      return pids;
    };
    const pids = await Promise.all([visit(), visit(), visit()]);
    expect(new Set(pids.flat()).size).toBe(2);
  });

  it('are connected to without delay although the clock was set back by an hour', async () => {
    for (const name of ['early', 'late']) await dev().sql(`CREATE DATABASE ${name}`);
    const { value } = openServer(at());
    await value(here, inside('early'));
    const now = Date.now.bind(Date);
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() - 3_600_000);
    try {
      const start = performance.now();
      expect(await value(here, inside('late'))).toBe('late');
      expect(performance.now() - start).toBeLessThan(30_000);
    } finally {
      clock.mockRestore();
    }
  });

  it('are left again: DROP DATABASE need not wait longer than it does by itself', async () => {
    const { value } = openServer(at());
    await value(here, inside('two'));
    await dev().sql('DROP DATABASE two');
    await expect(value(here, inside('two'))).rejects.toMatchObject({ reason: 'no_such_database' });
    expect(await value(here)).toBe('postgres');
  });

  it('are left by a connection in steady use after 4 s at most', { timeout: 20_000 }, async () => {
    const { value } = openServer(at());
    const pids = new Set<string | null>();
    const start = performance.now();
    while (pids.size < 2 && performance.now() - start < 10_000) {
      pids.add(await value('SELECT pg_backend_pid() FROM pg_sleep(0.1)', inside('one')));
    }
    expect(pids.size).toBe(2);
  });
});

describe('a lock on pg_authid', () => {
  it(
    'stalls connecting; what is connected reads on, and nothing piles up',
    { timeout: 30_000 },
    async () => {
      const { value } = openServer(at());
      await value('SELECT 1');
      const admin = await dev().connect();
      await admin.query('BEGIN; LOCK TABLE pg_authid IN ACCESS EXCLUSIVE MODE');
      const stalled = () =>
        value('SELECT 1', { lane: 'slow' }).catch(
          (error: unknown) => (error as UnreachableError).reason,
        );
      expect(await stalled()).toBe('connect_stalled');
      for (let tick = 0; tick < 5; tick++) expect(await stalled()).toBe('connect_stalled');
      expect(await value('SELECT 1')).toBe('1');
      const { rows } = await admin.query(
        `SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
      );
      expect(rows).toHaveLength(2);
      await admin.query('COMMIT');
      await admin.end();
      await eventually(async () => expect(await stalled()).toBe('1'));
    },
  );
});
