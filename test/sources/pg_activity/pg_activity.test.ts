import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pgActivity } from '../../../src/sources/pg_activity/pg_activity.ts';
import { withPostgres } from '../../support/postgres.ts';
import { type Fields, type Reading, readUntil, rowsOf } from '../../support/readings.ts';

const server = withPostgres({
  settings: { max_prepared_transactions: 2, wal_level: 'logical', track_activity_query_size: 100 },
});
const settings = { interval: 1, sample_interval: 1, long_transaction: 0, idle_in_transaction: 0 };
/** The window after the first, of one sample or two. */
const second = ({ metrics }: Reading) => metrics.length > 1;
const read = (user = 'postgres', set: Readonly<Record<string, unknown>> = settings) =>
  readUntil(pgActivity, server(), { connection: { user }, settings: set }, second);

describe('pg_activity', () => {
  const clients: pg.Client[] = [];
  const connect = async (user?: string): Promise<pg.Client> => {
    const client = await server().connect('postgres', user);
    clients.push(client);
    return client;
  };
  const pids: Record<string, number> = {};
  let blocked: Promise<unknown> | undefined;
  let watched: Reading;
  beforeAll(async () => {
    await server().sql(
      `CREATE TABLE t (a int); INSERT INTO t VALUES (1); CREATE ROLE app LOGIN; GRANT ALL ON t TO app;
       CREATE ROLE watcher LOGIN IN ROLE pg_monitor; CREATE ROLE nobody LOGIN`,
    );
    await server().sql(`SELECT pg_create_logical_replication_slot('decoder', 'pgoutput')`);
    await server().sql(`SELECT txid_current(); SELECT txid_current()`);
    await server().sql(`BEGIN; INSERT INTO t VALUES (2); PREPARE TRANSACTION 'two phases'`);
    const holder = await connect('app');
    await holder.query(`SET application_name = 'shop'`);
    await holder.query('BEGIN; UPDATE t SET a = 12345');
    const waiter = await connect('app');
    await waiter.query(`SET application_name = 'shop'`);
    blocked = waiter.query(`UPDATE t SET a = 99 /* ${'long '.repeat(30)}*/`);
    for (const [name, client] of Object.entries({ holder, waiter })) {
      pids[name] = (client as unknown as { processID: number }).processID;
    }
    await connect('app');
    watched = await read('watcher');
  });
  afterAll(async () => {
    await clients[0]?.query('ROLLBACK');
    await blocked;
    await server().sql(`ROLLBACK PREPARED 'two phases'`);
    await Promise.all(clients.map((client) => client.end()));
  });

  it('counts sessions by what they are and do, its own among them', () => {
    const { metrics, troubles } = watched;
    expect(troubles).toStrictEqual([]);
    const metric = metrics[1]!;
    expect(metric).toMatchObject({ sessions: 5, sessions_hidden: 0, truncated: false });
    expect(metric['window_seconds']).toBeGreaterThanOrEqual(1);
    expect(
      new Map(rowsOf(metric, 'by_state').map((row) => [row['state'], row['sessions']])),
    ).toEqual(
      new Map([
        ['active', 2],
        ['idle in transaction', 1],
        ['idle', 2],
      ]),
    );
    expect(rowsOf(metric, 'by_user')).toStrictEqual([
      { user: 'app', sessions: 3 },
      { user: 'watcher', sessions: 2 },
    ]);
    expect(rowsOf(metric, 'by_application')).toContainEqual({
      application_name: 'shop',
      sessions: 2,
    });
    expect(rowsOf(metric, 'by_database')).toStrictEqual([{ database: 'postgres', sessions: 5 }]);
    expect(rowsOf(metric, 'by_client')).toContainEqual({ client_addr: null, sessions: 3 });
    expect(rowsOf(metric, 'by_wait_event')).toContainEqual({
      wait_event_type: 'Lock',
      wait_event: 'transactionid',
      sessions: 1,
    });
    const kinds = rowsOf(metric, 'by_backend_type').map((row) => row['backend_type']);
    expect(kinds).toEqual(expect.arrayContaining(['checkpointer', 'client backend']));
  });

  it('samples what sessions wait for, with an example, and leaves its own out', () => {
    const { metrics } = watched;
    const metric = metrics[1]!;
    expect(metric['active_average']).toBe(1);
    const waits = rowsOf(metric, 'waits');
    expect(waits.some(({ user }) => user === 'watcher')).toBe(false);
    const [lock] = waits.filter((row) => row['wait_event_type'] === 'Lock');
    expect(lock).toMatchObject({
      database: 'postgres',
      user: 'app',
      state: 'active',
      wait_event: 'transactionid',
      query_id: expect.stringMatching(/^-?\d+$/) as string,
      samples: metric['samples'],
      sessions_average: 1,
      sessions_most: 1,
      example: {
        pid: pids['waiter'],
        application_name: 'shop',
        query: 'UPDATE t SET a = ?  ',
        query_truncated: true,
      },
    });
    expect(waits.filter(({ state }) => state === 'idle in transaction')).toHaveLength(1);
    expect(metric['waits_other']).toBe(0);
  });

  it('lists long transactions and those that idle in one, redacted', async () => {
    const { metrics } = watched;
    const long = rowsOf(metrics[1], 'long_transactions');
    expect(long.map(({ pid }) => pid)).toEqual([pids['holder'], pids['waiter']]);
    expect(long[0]).toMatchObject({
      state: 'idle in transaction',
      query: 'BEGIN; UPDATE t SET a = ?',
      query_truncated: false,
      xact_seconds: expect.any(Number) as number,
    });
    const [row] = await server().sql(
      `SELECT extract(epoch FROM now() - xact_start)::float8 AS s FROM pg_stat_activity WHERE pid = ${pids['holder']!}`,
    );
    const seconds = (long[0] as Fields)['xact_seconds'] as number;
    expect(seconds).toBeGreaterThan((row!['s'] as number) - 5);
    expect(seconds).toBeLessThan(row!['s'] as number);
    expect(rowsOf(metrics[1], 'idle_in_transaction').map(({ pid }) => pid)).toEqual([
      pids['holder'],
    ]);
  });

  it('names every holder of the xmin horizon, the oldest first', async () => {
    const { metrics } = watched;
    const holders = rowsOf(metrics[1], 'xmin_horizon');
    expect(holders.map(({ holder, name }) => [holder, name])).toEqual([
      ['slot_catalog', 'decoder'],
      ['prepared_transaction', 'two phases'],
      ['session', 'shop'],
      ['session', 'shop'],
    ]);
    const [views] = await server().sql(
      `SELECT (SELECT age(catalog_xmin) FROM pg_replication_slots) AS slot, (SELECT age(transaction) FROM pg_prepared_xacts) AS prepared`,
    );
    expect(holders.slice(0, 2).map((row) => row['xmin_age'])).toEqual([
      views!['slot'],
      views!['prepared'],
    ]);
    expect(holders[1]).toMatchObject({ database: 'postgres', user: 'postgres', pid: null });
    expect(holders).toContainEqual(
      expect.objectContaining({ pid: pids['holder'], state: 'idle in transaction', user: 'app' }),
    );
    expect(metrics[1]).toMatchObject({
      oldest_xmin_age: views!['slot'],
      oldest_xmin_holder: 'slot (catalogs alone) "decoder"',
    });
  });

  it('says as a role without any right what it may not see, and sees the horizon all the same', async () => {
    const { metrics, troubles } = await read('nobody');
    expect(troubles).toStrictEqual([]);
    const metric = metrics[1]!;
    expect(metric['sessions']).toBe(5);
    expect(metric['sessions_hidden']).toBeGreaterThan(3);
    expect(rowsOf(metric, 'waits')).toEqual([]);
    expect(rowsOf(metric, 'long_transactions')).toEqual([]);
    expect(rowsOf(metric, 'xmin_horizon')).toHaveLength(4);
    expect(JSON.stringify(metric)).not.toContain('insufficient');
  });

  it('says that a list was cut, and of how many; lists no shorter transaction than asked for', async () => {
    const set = { ...settings, top: 1, long_transaction: 3_600 };
    const { metrics } = await read('watcher', set);
    expect(rowsOf(metrics[1], 'long_transactions')).toEqual([]);
    expect(rowsOf(metrics[1], 'waits')).toHaveLength(1);
    expect(metrics[1]).toMatchObject({
      waits_other: metrics[1]!['samples'],
      truncated: true,
      cut: [{ list: 'waits', total: 2 }],
    });
  });
});
