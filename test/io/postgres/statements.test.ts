import { Subscription, lastValueFrom, take, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Query, Row } from '../../../src/ports/server.ts';
import { eventually, openServer } from '../../support/openServer.ts';
import { withPostgres } from '../../support/postgres.ts';

const dev = withPostgres();
const at = () => ({ host: dev().host, port: dev().port });
const query = (sql: string, more: Partial<Query> = {}): Query => ({
  name: 'test/read',
  sql,
  lane: 'fast',
  timeoutMs: 1000,
  ...more,
});
/** Our backends: what they run or ran, and in which state. */
const ours = (where = 'true') =>
  dev().sql(
    `SELECT pid, state, query, backend_xmin FROM pg_stat_activity
     WHERE application_name = 'pganalytics-collector' AND ${where}`,
  );

describe('time-outs', () => {
  it('end a statement on the server, and the connection serves on', async () => {
    const { value } = openServer(at());
    const pid = await value('SELECT pg_backend_pid()');
    await expect(value('SELECT pg_sleep(5)', { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'ERR_QUERY',
      sqlstate: '57014',
      query: 'test/read',
    });
    expect(await value('SELECT pg_backend_pid()')).toBe(pid);
  });

  it('hold per statement, in both directions', async () => {
    const { value } = openServer(at());
    const timeout = "SELECT current_setting('statement_timeout')";
    expect(await value(timeout, { timeoutMs: 30_000 })).toBe('30s');
    expect(await value(timeout, { timeoutMs: 1000 })).toBe('1s');
    expect(await value(timeout, { timeoutMs: 700, settings: { work_mem: '1MB' } })).toBe('700ms');
    expect(await value(timeout)).toBe('1s');
  });

  it('do not count the time in which a query waits for its turn', async () => {
    const { value } = openServer(at());
    const slow = value('SELECT pg_sleep(2)', { timeoutMs: 20_000 });
    const waiting = value('SELECT pg_sleep(0.2)::text', { timeoutMs: 2_000 });
    await slow;
    expect(await waiting).toBe('');
  });

  it('are enforced by the client where the server does not: it cancels', async () => {
    const { value } = openServer(at());
    const pid = await value('SELECT pg_backend_pid()');
    // A transaction that turns its own time-out off, as a stuck server would ignore it.
    const stuck = value(
      `SELECT pg_sleep(20) FROM (SELECT set_config('statement_timeout', '0', false) OFFSET 0) AS s`,
      { timeoutMs: 200, settings: { statement_timeout: '0' } },
    );
    const start = performance.now();
    await expect(stuck).rejects.toMatchObject({ sqlstate: '57014' });
    expect(performance.now() - start).toBeLessThan(15_000);
    expect(await value('SELECT pg_backend_pid()')).toBe(pid);
  });
});

describe('lanes', () => {
  it('run side by side, each one statement at a time', async () => {
    const { read } = openServer(at());
    const sleep = 'SELECT pg_backend_pid(), pg_sleep(0.3)';
    const lanes = ['fast', 'slow', 'fast', 'slow', 'database'] as const;
    const start = performance.now();
    const pids = await Promise.all(lanes.map((lane) => read(sleep, { lane })));
    const took = performance.now() - start;
    // The maintenance database is read over the slow lane.
    expect(new Set(pids.map(([row]) => row?.[0])).size).toBe(2);
    expect(took).toBeGreaterThan(880);
  });

  it('let a query leave the queue', async () => {
    const { server, value } = openServer(at());
    const first = value('SELECT pg_sleep(0.3)');
    const ran: string[] = [];
    const waiting = server
      .query(query("SELECT 'never'"))
      .subscribe({ next: () => ran.push('never'), error: () => ran.push('never') });
    waiting.unsubscribe();
    await first;
    expect(await value('SELECT 1')).toBe('1');
    expect(ran).toEqual([]);
  });
});

describe('unsubscribing', () => {
  it('cancels the statement on the server, and the lane goes on', async () => {
    const { server, value } = openServer(at());
    const pid = await value('SELECT pg_backend_pid()');
    const subscription = server
      .query(query('SELECT pg_sleep(60)', { timeoutMs: 60_000 }))
      .subscribe();
    await eventually(async () => expect(await ours("state = 'active'")).toHaveLength(1));
    subscription.unsubscribe();
    await eventually(async () => expect(await ours("state = 'active'")).toHaveLength(0));
    expect(await value('SELECT pg_backend_pid()')).toBe(pid);
  });

  it('frees the lane only after the server has answered: the next statement is not hit', async () => {
    const { server, value } = openServer(at());
    for (let round = 0; round < 20; round++) {
      const subscription = server.query(query('SELECT pg_sleep(60)')).subscribe();
      const next = value('SELECT pg_sleep(0.02)');
      await value('SELECT 1', { lane: 'slow' });
      subscription.unsubscribe();
      expect(await next).toBe('');
    }
  });
});

describe('a portal', () => {
  const many = "SELECT n, repeat('x', 1000) FROM generate_series(1, 50000) AS n";

  it('gives thousands of rows in chunks, in order, all of them', async () => {
    const { server } = openServer(at());
    const sizes: number[] = [];
    let last = 0;
    await lastValueFrom(
      server.query(query(many, { batch: 1000, timeoutMs: 20_000 })).pipe(
        tap((rows: readonly Row[]) => {
          sizes.push(rows.length);
          for (const [n] of rows) if (Number(n) === last + 1) last++;
        }),
      ),
    );
    expect(last).toBe(50_000);
    expect(sizes).toHaveLength(50);
    expect(Math.max(...sizes)).toBe(1000);
  });

  it('holds a chunk at a time, not the result', async () => {
    const { server } = openServer(at());
    global.gc?.();
    const before = process.memoryUsage().heapUsed;
    let most = 0;
    await lastValueFrom(
      server
        .query(query(many.replace('50000', '100000'), { batch: 500, timeoutMs: 20_000 }))
        .pipe(tap(() => (most = Math.max(most, process.memoryUsage().heapUsed - before)))),
    );
    // The result is 100 MB; what is held are a chunk and garbage.
    expect(most).toBeLessThan(60_000_000);
  });

  it('emits a last, smaller chunk, and nothing for no rows', async () => {
    const { read } = openServer(at());
    expect(await read('SELECT generate_series(1, 5)', { batch: 2 })).toHaveLength(5);
    expect(await read('SELECT 1 WHERE false', { batch: 2 })).toEqual([]);
  });

  it('is closed when nobody reads any more', async () => {
    const { server, value } = openServer(at());
    const pid = await value('SELECT pg_backend_pid()');
    const first = lastValueFrom(
      server.query(query(many, { batch: 100, timeoutMs: 20_000 })).pipe(take(2)),
    );
    expect(await first).toHaveLength(100);
    expect(await value('SELECT pg_backend_pid()')).toBe(pid);
    await eventually(async () =>
      expect(await ours()).toMatchObject([{ state: 'idle', backend_xmin: null }]),
    );
  });

  it('is closed at the deadline, within one read of settings too', async () => {
    const { value, read } = openServer(at());
    const pid = await value('SELECT pg_backend_pid()');
    for (const settings of [undefined, { work_mem: '1MB' }]) {
      const slow = read('SELECT n, pg_sleep(0.01) FROM generate_series(1, 100000) AS n', {
        batch: 10,
        timeoutMs: 300,
        ...(settings && { settings }),
      });
      await expect(slow).rejects.toMatchObject({ sqlstate: '57014' });
    }
    expect(await value('SELECT pg_backend_pid()')).toBe(pid);
  });

  it('passes errors on and leaves the session usable', async () => {
    const { read, value } = openServer(at());
    await expect(read('SELECT nonsense', { batch: 10 })).rejects.toMatchObject({
      sqlstate: '42703',
    });
    await expect(
      read('SELECT 1 / (n - 25) FROM generate_series(1, 50) AS n', { batch: 10 }),
    ).rejects.toMatchObject({ sqlstate: '22012' });
    expect(await value('SELECT 1')).toBe('1');
  });
});

describe('closing', () => {
  it('leaves nothing on the server, whatever was running', async () => {
    const { server, close, value } = openServer(at());
    await value('SELECT 1', { lane: 'slow' });
    const running = new Subscription();
    running.add(
      server
        .query(query('SELECT pg_sleep(60)', { timeoutMs: 60_000 }))
        .subscribe({ error: () => undefined }),
    );
    running.add(
      server
        .query(
          query('SELECT pg_sleep(60)', {
            lane: 'database',
            database: 'template1',
            timeoutMs: 60_000,
          }),
        )
        .subscribe({ error: () => undefined }),
    );
    await eventually(async () => expect(await ours("state = 'active'")).toHaveLength(2));
    close();
    await eventually(async () => expect(await ours()).toHaveLength(0));
    await expect(value('SELECT 1')).rejects.toMatchObject({ reason: 'lost' });
  });
});
