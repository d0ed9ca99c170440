import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DevPostgres } from '../../dev/postgres.ts';
import { startStandby } from '../../dev/postgres/standby.ts';
import { withPostgres } from '../support/postgres.ts';
import { type Fields, rowsOf } from '../support/readings.ts';
import { eachVersion, majors } from './eachVersion.ts';
import { serverSources, watch } from './watch.ts';
import { complaints, roles, watchedSettings } from './watchedServer.ts';

const types = [
  'pg_activity',
  'pg_locks',
  'pg_replication',
  'pg_connections',
  'pg_progress',
  'pg_processes',
];
const sources = serverSources.filter(({ type }) => types.includes(type) || type === 'pg_event');
const settings = { pg_activity: { interval: 1, long_transaction: 0, idle_in_transaction: 0 } };
const pidOf = (client: pg.Client): number => (client as unknown as { processID: number }).processID;

eachVersion(majors, ({ major, options }) => {
  const set = { ...watchedSettings, max_prepared_transactions: 2, hot_standby: 'on' };
  const primary = withPostgres({ ...options, settings: set });
  const clients: pg.Client[] = [];
  const waits: Promise<unknown>[] = [];
  let standby: DevPostgres;
  let holder: pg.Client;
  let waiter: pg.Client;
  beforeAll(async () => {
    await primary().sql(
      `${roles}; CREATE TABLE orders (id int PRIMARY KEY, n int); INSERT INTO orders VALUES (1, 1)`,
    );
    await primary().sql('CREATE ROLE app LOGIN CONNECTION LIMIT 9; GRANT ALL ON orders TO app');
    standby = await startStandby(primary(), { settings: set });
    await primary().sql(
      `SELECT pg_create_physical_replication_slot('lazy', true), pg_create_logical_replication_slot('decoder', 'pgoutput')`,
    );
    holder = await primary().connect('postgres', 'app');
    waiter = await primary().connect('postgres', 'app');
    const vacuum = await primary().connect();
    clients.push(holder, waiter, vacuum);
    for (const client of clients) client.on('error', () => undefined);
    await primary().sql(
      `CREATE TABLE big AS SELECT n, repeat('x', 500) FROM generate_series(1, 2000) n; DELETE FROM big WHERE n % 2 = 0`,
    );
    await vacuum.query(
      `SET vacuum_cost_delay = '100ms'; SET vacuum_cost_limit = 1; SET vacuum_cost_page_hit = 100`,
    );
    waits.push(vacuum.query('VACUUM big').catch(() => undefined));
    await holder.query(`BEGIN; UPDATE orders SET n = 4711`);
    waits.push(waiter.query('UPDATE orders SET n = 42').catch(() => undefined));
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
    await Promise.all(waits);
    await standby.stop();
  });

  describe('the role watcher', () => {
    it('sees sessions, locks, replication, connections, progress and processes as they are', async () => {
      const { until, newest, count, troubles } = watch(primary(), {
        connection: { user: 'watcher' },
        sources,
        settings,
      });
      await until(() => {
        expect(newest('pg_locks')).toMatchObject({ waiting_long: 1 });
        expect(rowsOf(newest('pg_progress'), 'vacuum')).toHaveLength(1);
        expect(rowsOf(newest('pg_activity'), 'idle_in_transaction')).toHaveLength(1);
        expect(count('pg_processes')).toBeGreaterThan(0);
        expect(count('pg_connections')).toBeGreaterThan(0);
        const senders = rowsOf(newest('pg_replication'), 'senders');
        expect(senders).toMatchObject([{ state: 'streaming', replay_lag_bytes: 0 }]);
        expect(senders[0]?.['replay_lag_seconds']).toBe(0);
      });
      expect(troubles).toStrictEqual([]);

      const activity = newest('pg_activity')!;
      expect(activity['sessions_hidden']).toBe(0);
      const wait = rowsOf(activity, 'waits').find((row) => row['wait_event_type'] === 'Lock');
      expect(wait).toMatchObject({
        user: 'app',
        wait_event: 'transactionid',
        example: { pid: pidOf(waiter), query: 'UPDATE orders SET n = ?' },
      });
      expect(wait?.['query_id'] !== null).toBe(major >= 14);
      expect(rowsOf(activity, 'idle_in_transaction')).toMatchObject([
        { pid: pidOf(holder), query: 'BEGIN; UPDATE orders SET n = ?' },
      ]);
      const holders = rowsOf(activity, 'xmin_horizon').map(({ holder: kind }) => kind);
      expect(holders).toEqual(expect.arrayContaining(['slot_catalog', 'session']));
      // VACUUM holds nothing back, although its backend has an xmin.
      const vacuuming = rowsOf(newest('pg_progress'), 'vacuum')[0]!;
      expect(rowsOf(activity, 'xmin_horizon').map(({ pid }) => pid)).not.toContain(
        vacuuming['pid'],
      );

      const [tree] = rowsOf(newest('pg_locks'), 'trees');
      expect(
        (tree?.['sessions'] as readonly Fields[]).map(({ pid, depth }) => [pid, depth]),
      ).toEqual([
        [pidOf(holder), 0],
        [pidOf(waiter), 1],
      ]);
      expect(newest('pg_locks')!['longest_wait_seconds']).toBeGreaterThanOrEqual(0);

      const slots = rowsOf(newest('pg_replication'), 'slots');
      const lazy = slots.find(({ slot_name }) => slot_name === 'lazy');
      expect(lazy).toMatchObject({ slot_type: 'physical', wal_status: 'reserved', active: false });
      expect(Number(lazy?.['retained_bytes'])).toBeGreaterThan(0);
      const decoder = slots.find(({ slot_name }) => slot_name === 'decoder');
      expect(decoder?.['spill_txns'] !== null).toBe(major >= 14);
      expect(decoder?.['two_phase'] !== null).toBe(major >= 14);
      expect(decoder?.['conflicting'] !== null).toBe(major >= 16);
      expect(decoder?.['failover'] !== null).toBe(major >= 17);
      expect(newest('pg_replication')).toMatchObject({ in_recovery: false, standby: null });

      expect(vacuuming).toMatchObject({ relation: 'big', phase: 'scanning heap' });
      expect(Number(vacuuming['max_dead_tuple_bytes'])).toBeGreaterThan(1_000);
      expect(vacuuming['indexes_total'] !== null).toBe(major >= 17);
      expect(newest('pg_progress')!['copy'] !== null).toBe(major >= 14);
      expect(rowsOf(newest('pg_connections'), 'roles')).toContainEqual({
        role: 'app',
        limit: 9,
        connections: 2,
        used_percent: 22.22,
      });
      expect(rowsOf(newest('pg_processes'), 'top').map(({ pid }) => pid)).toContain(
        vacuuming['pid'],
      );
    });
  });

  it('the role nobody reads all of it without trouble, and says what it may not see', async () => {
    const { until, newest, count, troubles } = watch(primary(), {
      connection: { user: 'nobody' },
      sources,
      settings,
    });
    await until(() => {
      for (const type of types) expect([type, count(type)]).not.toStrictEqual([type, 0]);
    });
    expect(troubles).toStrictEqual([]);
    expect(newest('pg_locks')).toMatchObject({ waiting: null, trees: null });
    expect(newest('pg_activity')!['sessions_hidden']).toBeGreaterThan(3);
    expect(rowsOf(newest('pg_replication'), 'senders')).toMatchObject([{ state: null }]);
    expect(JSON.stringify(newest('pg_activity'))).not.toContain('insufficient');
  });

  it.each(['watcher', 'nobody'])(
    'a standby is read without trouble, as the role %s',
    async (user) => {
      const { until, newest, count, troubles } = watch(standby, {
        connection: { user },
        sources,
        settings,
      });
      await until(() => {
        for (const type of types) expect([type, count(type)]).not.toStrictEqual([type, 0]);
        expect(newest('pg_replication')).toMatchObject({
          in_recovery: true,
          senders: [],
          standby: { replay_lag_bytes: 0, replay_lag_seconds: 0, replay_paused: false },
        });
      });
      const own = newest('pg_replication')!['standby'] as Fields;
      expect(own['receiver_status']).toBe(user === 'nobody' ? null : 'streaming');
      expect(own['prefetch_blocks'] !== null).toBe(major >= 15);
      expect(rowsOf(newest('pg_replication'), 'conflicts')).toMatchObject([
        { database: 'postgres' },
      ]);
      expect(troubles).toStrictEqual([]);
    },
  );

  it('a reset, a crash and a promotion are told for what they are', async () => {
    const events = serverSources.filter(({ type }) => type === 'pg_event');
    const told = ({ metrics }: ReturnType<typeof watch>): unknown[] => {
      const words = metrics.map(({ event }) => event as string);
      return [...new Set(words)].filter((word) => !word.startsWith('server_'));
    };
    const seen = watch(primary(), { connection: { user: 'nobody' }, sources: events });
    const replica = watch(standby, { connection: { user: 'watcher' }, sources: events });
    // Until the first reading there is nothing to compare with.
    await vi.waitFor(
      async () => {
        await primary().sql(`SELECT pg_stat_reset_shared('archiver')`);
        expect(told(seen)).toEqual(['statistics_reset']);
      },
      { timeout: 60_000, interval: 500 },
    );
    process.kill(pidOf(holder), 'SIGKILL');
    await seen.until(() => expect(told(seen)).toEqual(['statistics_reset', 'crash_recovery']));
    await standby.sql('SELECT pg_promote()');
    await replica.until(() => expect(told(replica)).toEqual(['promotion']));
    expect([...seen.troubles, ...replica.troubles]).toStrictEqual([]);
  });

  it('no read left an error in the log of either server', async () => {
    const expected =
      /terminating connection because of crash|the database system is (in recovery|not|starting)/;
    for (const each of [primary(), standby]) {
      const left = (await complaints(each)).filter((line) => !expected.test(line));
      expect(left).toStrictEqual([]);
    }
  });
});
