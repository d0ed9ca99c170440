import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { pgLocks } from '../../../src/sources/pg_locks/pg_locks.ts';
import { withPostgres } from '../../support/postgres.ts';
import { type Fields, type Reading, readUntil, rowsOf } from '../../support/readings.ts';

const server = withPostgres({
  settings: { max_prepared_transactions: 2, deadlock_timeout: '20ms' },
});
const read = (user: string, enough: (reading: Reading) => boolean) =>
  readUntil(pgLocks, server(), { connection: { user }, settings: { interval: 1 } }, enough);
const newest = ({ metrics }: Reading) => metrics.findLast(({ type }) => type === 'pg_locks');
const pidOf = (client: pg.Client): number => (client as unknown as { processID: number }).processID;

describe('pg_locks', () => {
  const clients: pg.Client[] = [];
  const connect = async (): Promise<pg.Client> => {
    const client = await server().connect();
    clients.push(client);
    return client;
  };
  beforeAll(async () => {
    await server().sql(
      `CREATE SCHEMA shop; CREATE TABLE shop.orders (id int PRIMARY KEY, n int); INSERT INTO shop.orders VALUES (1, 0), (2, 0);
       CREATE ROLE watcher LOGIN IN ROLE pg_monitor; CREATE ROLE nobody LOGIN`,
    );
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()));
  });

  it('says that nobody waits, and reads no locks for that', async () => {
    const { metrics, troubles } = await read('watcher', ({ metrics }) => metrics.length > 0);
    expect(troubles).toStrictEqual([]);
    expect(metrics[0]).toMatchObject({
      waiting: 0,
      waiting_long: 0,
      longest_wait_seconds: null,
      trees: [],
      modes: null,
      deadlocks: 0,
      deadlocks_by_database: [],
      truncated: false,
    });
  });

  describe('where a queue has formed', () => {
    const pids: Record<string, number> = {};
    const waits: Promise<unknown>[] = [];
    beforeAll(async () => {
      const [reader, altering, behind, prepared, writer] = [
        await connect(),
        await connect(),
        await connect(),
        await connect(),
        await connect(),
      ];
      await reader.query('BEGIN; SELECT count(*) FROM shop.orders');
      await prepared.query('CREATE TABLE other (id int); INSERT INTO other VALUES (1)');
      await prepared.query(`BEGIN; UPDATE other SET id = 2; PREPARE TRANSACTION 'left behind'`);
      waits.push(altering.query(`ALTER TABLE shop.orders ADD COLUMN secret text DEFAULT 'hush'`));
      Object.assign(pids, { reader: pidOf(reader), altering: pidOf(altering) });
      Object.assign(pids, { behind: pidOf(behind), writer: pidOf(writer) });
      await vi.waitFor(async () => {
        expect(await server().sql('SELECT FROM pg_locks WHERE NOT granted')).toHaveLength(1);
      }, 10_000);
      waits.push(behind.query('SELECT * FROM shop.orders WHERE id = 4711'));
      waits.push(writer.query('UPDATE other SET id = 3'));
    });
    afterAll(async () => {
      await server().sql(`ROLLBACK PREPARED 'left behind'`);
      await clients[0]?.query('ROLLBACK');
      await Promise.all(waits);
    });
    const three = (reading: Reading) => newest(reading)?.['waiting_long'] === 3;

    it('draws who waits for whom, names the relation, and redacts what they run', async () => {
      const reading = await read('watcher', three);
      expect(reading.troubles).toStrictEqual([]);
      const metric = newest(reading)!;
      expect(metric).toMatchObject({ waiting: 3, truncated: false });
      const trees = rowsOf(metric, 'trees');
      expect(trees.map(({ root_pid, waiting }) => [root_pid, waiting])).toEqual([
        [pids['reader'], 2],
        [null, 1],
      ]);
      const [queue, prepared] = trees.map(({ sessions }) => sessions as readonly Fields[]);
      expect(queue?.map(({ pid, depth, blocked_by }) => [pid, depth, blocked_by])).toEqual([
        [pids['reader'], 0, []],
        [pids['altering'], 1, [pids['reader']]],
        [pids['behind'], 2, [pids['altering']]],
      ]);
      expect(queue?.[0]).toMatchObject({
        state: 'idle in transaction',
        held: ['AccessShareLock'],
        awaits: null,
        query: 'BEGIN; SELECT count(*) FROM shop.orders',
      });
      expect(queue?.[1]).toMatchObject({
        query: 'ALTER TABLE shop.orders ADD COLUMN secret text DEFAULT ?',
        wait_event_type: 'Lock',
        user: 'postgres',
        database: 'postgres',
        awaits: {
          locktype: 'relation',
          mode: 'AccessExclusiveLock',
          database: 'postgres',
          schema: 'shop',
          relation: 'orders',
        },
      });
      expect(queue?.[2]).toMatchObject({ awaits: { mode: 'AccessShareLock' } });
      expect(prepared?.[0]).toMatchObject({
        pid: null,
        prepared_transaction: 'left behind',
        held: ['ExclusiveLock'],
      });
      expect(prepared?.[1]).toMatchObject({
        pid: pids['writer'],
        blocked_by: [null],
        awaits: { locktype: 'transactionid', mode: 'ShareLock' },
      });
    });

    it('tells how long, and counts the locks by mode', async () => {
      const metric = newest(await read('watcher', three))!;
      const [row] = await server().sql(
        'SELECT max(extract(epoch FROM clock_timestamp() - waitstart))::float8 AS s FROM pg_locks WHERE NOT granted',
      );
      const longest = metric['longest_wait_seconds'] as number;
      expect(longest).toBeGreaterThan(1);
      expect(longest).toBeLessThanOrEqual(row!['s'] as number);
      expect(rowsOf(metric, 'modes')).toContainEqual({
        mode: 'AccessExclusiveLock',
        granted: false,
        locks: 1,
      });
    });

    it('says nothing of it as a role that may not see it', async () => {
      const reading = await read('nobody', ({ metrics }) => metrics.length > 0);
      expect(reading.troubles).toStrictEqual([]);
      expect(newest(reading)).toMatchObject({ waiting: null, trees: null, deadlocks: 0 });
    });
  });

  it('tells of a deadlock once, in the database where it was', async () => {
    const [a, b] = [await server().connect(), await server().connect()];
    const deadlock = async (): Promise<void> => {
      await Promise.all(
        [a, b].map((client, n) =>
          client.query(`BEGIN; UPDATE shop.orders SET n = 1 WHERE id = ${n + 1}`),
        ),
      );
      const both = [a, b].map((client, n) =>
        client
          .query(`UPDATE shop.orders SET n = 1 WHERE id = ${2 - n}`)
          .finally(() => client.query('ROLLBACK')),
      );
      await Promise.allSettled(both);
      await Promise.all([a.end(), b.end()]);
      await server().sql('SELECT pg_stat_force_next_flush()');
    };
    let done: Promise<void> | undefined;
    const events = ({ metrics }: Reading) => metrics.filter(({ type }) => type === 'pg_event');
    const reading = await read('watcher', (so) => {
      if (so.metrics.length > 0) done ??= deadlock();
      return events(so).length > 0 && so.metrics.at(-1)?.type === 'pg_locks';
    });
    await done;
    expect(events(reading)).toMatchObject([
      { event: 'deadlock', database: 'postgres', count: 1, urgent: false },
    ]);
    expect(newest(reading)).toMatchObject({
      deadlocks: 1,
      deadlocks_by_database: [{ database: 'postgres', deadlocks: 1 }],
    });
  });
});
