import { lastValueFrom, take } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, openServer } from '../../support/openServer.ts';
import { withPostgres } from '../../support/postgres.ts';
import { type Wire, forward, message, refusal, wire } from '../../support/wire.ts';

const dev = withPostgres();
let between: Wire | undefined;
afterEach(async () => {
  await between?.stop();
  between = undefined;
});

/** Answers for a backend with a pid of its own, as a pooler in front of several does. */
const withOtherPid = (data: Buffer): Buffer => {
  const at = data.indexOf(message('K', Buffer.alloc(8)).subarray(0, 5));
  if (at >= 0) data.writeInt32BE(data.readInt32BE(at + 5) ^ 0x0100_0000, at + 5);
  return data;
};

/** Refuses every start-up parameter that it does not follow, as PgBouncer does. */
const pickyPooler = () =>
  wire((socket) => {
    socket.once('data', (startup) => {
      const known = /lock_timeout|jit|search_path|statement_timeout/.exec(startup.toString());
      if (known) socket.end(refusal('08P01', `unsupported startup parameter: ${known[0]}`));
      else {
        forward(socket, dev().port);
        socket.emit('data', startup);
      }
    });
  });

const strangerSees = async () => {
  const stranger = await dev().connect();
  const { rows } = await stranger.query<{ n: string }>(
    `SELECT current_setting('default_transaction_read_only') AS n`,
  );
  await stranger.end();
  return rows[0]?.n;
};
const inForce = `SELECT current_setting('transaction_read_only'), current_setting('statement_timeout'),
  current_setting('lock_timeout'), current_setting('jit'), current_setting('search_path'),
  current_setting('DateStyle'), current_setting('IntervalStyle'), current_setting('TimeZone')`;
const ours = ['on', '1s', '100ms', 'off', 'pg_catalog, pg_temp', 'ISO, MDY', 'iso_8601', 'UTC'];
/** What the session itself has, outside of any transaction of ours. */
const left = () =>
  dev().sql(
    `SELECT state, query FROM pg_stat_activity WHERE application_name = 'pganalytics-collector'`,
  );

const active = async (text: string): Promise<number> =>
  (await left()).filter(({ state, query }) => state === 'active' && String(query).includes(text))
    .length;

/** A server whose second connection, which brings a cancel request, is held up until it `arrives`. */
async function withHeldRequest() {
  let arrives = (): void => undefined;
  between = await wire((socket) => {
    if (between?.sockets.length !== 2) forward(socket, dev().port);
    else arrives = () => forward(socket, dev().port);
  });
  const opened = openServer({ host: '127.0.0.1', port: between.port });
  return { ...opened, arrives: () => arrives() };
}

describe('a pooler in the path', () => {
  it('that refuses start-up parameters is recognised; each read brings its settings', async () => {
    between = await pickyPooler();
    const { read, server, value } = openServer({ host: '127.0.0.1', port: between.port });
    expect(await read(inForce)).toEqual([ours]);
    expect(server.connection().pooler).toBe(true);
    expect(between.sockets).toHaveLength(2);
    // The other lanes know it already.
    expect(await value('SELECT 1', { lane: 'slow' })).toBe('1');
    expect(between.sockets).toHaveLength(3);
    expect(await left()).toEqual([
      { state: 'idle', query: 'COMMIT' },
      { state: 'idle', query: 'COMMIT' },
    ]);
  });

  it('that answers with another pid is recognised; nothing is set for the session', async () => {
    between = await wire((socket) => forward(socket, dev().port, withOtherPid));
    const { read, server } = openServer({ host: '127.0.0.1', port: between.port });
    const [row] = await read(
      `SELECT current_setting('idle_session_timeout'), current_setting('client_connection_check_interval'),
        current_setting('transaction_timeout'), current_setting('transaction_read_only')`,
    );
    // The server's own values, not ours.
    expect(row).toEqual(['0', '0', '0', 'on']);
    expect(server.connection().pooler).toBe(true);
    expect(await strangerSees()).toBe('off');
  });

  it('gets the values, settings, batches and errors of reads through', async () => {
    between = await pickyPooler();
    const { read, value } = openServer({ host: '127.0.0.1', port: between.port });
    expect(await read('SELECT unnest($1::int[])', { values: [[1, 2]] })).toEqual([['1'], ['2']]);
    expect(
      await value("SELECT current_setting('work_mem')", { settings: { work_mem: '3MB' } }),
    ).toBe('3MB');
    expect(await read('SELECT generate_series(1, 25)', { batch: 10 })).toHaveLength(25);
    await expect(value('SELECT 1/0')).rejects.toMatchObject({ sqlstate: '22012' });
    await expect(value('SELECT pg_sleep(9)', { timeoutMs: 200 })).rejects.toMatchObject({
      sqlstate: '57014',
    });
    expect(await read(inForce)).toEqual([ours]);
  });

  it('is left after a cancel request, which could come late and hit somebody else', async () => {
    between = await pickyPooler();
    const { server, value } = openServer({ host: '127.0.0.1', port: between.port });
    const pid = await value('SELECT pg_backend_pid()');
    const subscription = server
      .query({ name: 'test/x', sql: 'SELECT pg_sleep(30)', lane: 'fast', timeoutMs: 30_000 })
      .subscribe();
    await eventually(async () =>
      expect((await left()).filter(({ state }) => state === 'active')).toHaveLength(1),
    );
    subscription.unsubscribe();
    expect(await value('SELECT pg_backend_pid()')).not.toBe(pid);
    await eventually(async () => expect(await left()).toHaveLength(1));
  });
});

describe('a direct connection', () => {
  it('sends no cancel request for what has ended', async () => {
    between = await wire((socket) => forward(socket, dev().port));
    const { server } = openServer({ host: '127.0.0.1', port: between.port });
    const read$ = server.query({ name: 'test/x', sql: 'SELECT 1', lane: 'fast', timeoutMs: 1000 });
    for (let round = 0; round < 5; round++) await lastValueFrom(read$.pipe(take(1)));
    expect(between.sockets).toHaveLength(1);
  });

  it('keeps the lane while a cancel request is under way: it must not hit the next statement', async () => {
    const { server, value, arrives } = await withHeldRequest();
    await value('SELECT 1');
    const subscription = server
      .query({ name: 'test/x', sql: 'SELECT pg_sleep(0.8)', lane: 'fast', timeoutMs: 10_000 })
      .subscribe();
    await eventually(async () => expect(await active('pg_sleep(0.8)')).toBe(1));
    subscription.unsubscribe();
    const next = value('SELECT pg_sleep(0.5)', { timeoutMs: 10_000 });
    // The statement ends by itself before the request arrives.
    await eventually(async () => expect(await active('pg_sleep')).toBe(0));
    arrives();
    expect(await next).toBe('');
  });

  it('is left where nobody knows when the cancel request will arrive', async () => {
    const { server, value, arrives } = await withHeldRequest();
    await value('SELECT 1');
    const subscription = server
      .query({ name: 'test/x', sql: 'SELECT pg_sleep(0.8)', lane: 'fast', timeoutMs: 10_000 })
      .subscribe();
    await eventually(async () => expect(await active('pg_sleep(0.8)')).toBe(1));
    subscription.unsubscribe();
    const next = value('SELECT pg_sleep(1.5)', { timeoutMs: 10_000 });
    await eventually(async () => expect(await active('pg_sleep(1.5)')).toBe(1));
    arrives();
    expect(await next).toBe('');
  });

  it(
    'that falls silent is given up after the deadline and the cancel, and replaced',
    { timeout: 20_000 },
    async () => {
      let silent = false;
      between = await wire((socket) => {
        if (silent) return;
        forward(socket, dev().port, (data) => (silent ? Buffer.alloc(0) : data));
      });
      const { value } = openServer({ host: '127.0.0.1', port: between.port });
      expect(await value('SELECT 1')).toBe('1');
      silent = true;
      const start = performance.now();
      await expect(value('SELECT 2', { timeoutMs: 200 })).rejects.toMatchObject({
        reason: 'timeout',
      });
      expect(performance.now() - start).toBeLessThan(15_000);
      silent = false;
      await eventually(async () => expect(await value('SELECT 3')).toBe('3'));
    },
  );
});
