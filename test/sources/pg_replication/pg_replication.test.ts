import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DevPostgres } from '../../../dev/postgres.ts';
import { startStandby } from '../../../dev/postgres/standby.ts';
import type { Metric } from '../../../src/schema/metric.ts';
import { pgReplication } from '../../../src/sources/pg_replication/pg_replication.ts';
import { withPostgres } from '../../support/postgres.ts';
import { type Fields, type Reading, readUntil, rowsOf } from '../../support/readings.ts';

const primary = withPostgres({
  settings: {
    wal_level: 'logical',
    archive_mode: 'on',
    archive_command: 'true',
    wal_keep_size: '1MB',
    logical_decoding_work_mem: '64kB',
  },
});
const one = ({ metrics }: Reading) => metrics.length > 0;
const read = async (from: DevPostgres, enough = one, user = 'watcher'): Promise<Metric> => {
  const { metrics, troubles } = await readUntil(
    pgReplication,
    from,
    { connection: { user }, settings: { interval: 1 } },
    enough,
  );
  expect(troubles).toStrictEqual([]);
  return metrics.at(-1)!;
};
const newest = ({ metrics }: Reading) => metrics.at(-1);
const number = (value: unknown): number => Number(value);

describe('pg_replication', () => {
  let standby: DevPostgres | undefined;
  beforeAll(async () => {
    await primary().sql(
      'CREATE TABLE t (a int, b text); CREATE ROLE watcher LOGIN IN ROLE pg_monitor; CREATE ROLE nobody LOGIN',
    );
    standby = await startStandby(primary());
    await vi.waitFor(async () => {
      const rows = await primary().sql(
        `SELECT FROM pg_stat_replication WHERE state = 'streaming' AND replay_lsn = pg_current_wal_lsn()`,
      );
      expect(rows).toHaveLength(1);
    }, 10_000);
  });
  afterAll(() => standby?.stop());

  it('says of an idle pair that nothing is behind, in bytes and in time', async () => {
    const metric = await read(primary(), (reading) =>
      rowsOf(newest(reading), 'senders').some((row) => row['replay_lag_bytes'] === 0),
    );
    expect(metric).toMatchObject({ in_recovery: false, standby: null, conflicts: null });
    expect(rowsOf(metric, 'senders')).toMatchObject([
      {
        application_name: 'walreceiver',
        state: 'streaming',
        sync_state: 'async',
        sent_lag_bytes: 0,
        write_lag_seconds: 0,
        replay_lag_seconds: 0,
      },
    ]);
    const own = await read(standby!);
    expect(own).toMatchObject({
      in_recovery: true,
      senders: [],
      standby: {
        receiver_status: 'streaming',
        received_timeline: 1,
        sender_port: primary().port,
        replay_lag_bytes: 0,
        replay_lag_seconds: 0,
        replay_paused: false,
      },
    });
    expect(rowsOf(own, 'conflicts')).toMatchObject([{ database: 'postgres', confl_lock: 0 }]);
  });

  it('measures the lag of a standby that does not replay, at both ends', async () => {
    await primary().sql('INSERT INTO t VALUES (0)');
    await vi.waitFor(async () => {
      expect(await standby!.sql('SELECT FROM t')).toHaveLength(1);
    }, 10_000);
    await standby!.sql('SELECT pg_wal_replay_pause()');
    await primary().sql(
      `INSERT INTO t SELECT n, repeat('x', 1000) FROM generate_series(1, 1000) n`,
    );
    const own = await read(
      standby!,
      (reading) => number((newest(reading)?.['standby'] as Fields)['replay_lag_bytes']) > 1_000_000,
    );
    const lag = (own['standby'] as Fields)['replay_lag_seconds'];
    expect(own['standby']).toMatchObject({ replay_paused: true });
    expect(lag).toBeGreaterThan(0);
    const metric = await read(primary());
    const [sender] = rowsOf(metric, 'senders');
    expect(number(sender?.['replay_lag_bytes'])).toBeGreaterThan(1_000_000);
    const [view] = await primary().sql(
      'SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::int AS bytes FROM pg_stat_replication',
    );
    expect(sender?.['replay_lag_bytes']).toBeLessThanOrEqual(view!['bytes'] as number);
    await standby!.sql('SELECT pg_wal_replay_resume()');
  });

  it('says how much each slot keeps, and that it is the slot that keeps WAL', async () => {
    await primary().sql(
      `SELECT pg_create_physical_replication_slot('lazy', true), pg_create_logical_replication_slot('decoder', 'pgoutput')`,
    );
    await primary().sql(
      `INSERT INTO t SELECT n, repeat('y', 1000) FROM generate_series(1, 3000) n`,
    );
    const metric = await read(primary(), (reading) =>
      rowsOf(newest(reading), 'slots').some(({ database }) => database !== null),
    );
    const [views] = await primary().sql(
      `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::int AS bytes FROM pg_replication_slots WHERE slot_name = 'lazy'`,
    );
    const slots = rowsOf(metric, 'slots');
    const lazy = slots.find(({ slot_name }) => slot_name === 'lazy');
    expect(lazy).toMatchObject({
      slot_type: 'physical',
      active: false,
      database: null,
      wal_status: 'reserved',
      spill_txns: null,
      confirmed_flush_lsn: null,
    });
    expect(number(lazy?.['retained_bytes'])).toBeGreaterThan(3_000_000);
    expect(lazy?.['retained_bytes']).toBeLessThanOrEqual(views!['bytes'] as number);
    expect(slots.find(({ slot_name }) => slot_name === 'decoder')).toMatchObject({
      slot_type: 'logical',
      database: 'postgres',
      spill_txns: 0,
    });
    expect(metric).toMatchObject({ wal_kept_by: 'slot' });
    expect(rowsOf(metric, 'wal_keepers').map(({ by }) => by)).toEqual(
      expect.arrayContaining(['slot', 'wal_keep_size', 'checkpoint']),
    );
  });

  it('counts what decoding spilled', async () => {
    await primary().sql('CREATE PUBLICATION p FOR TABLE t');
    await primary().sql(
      `SELECT count(*) FROM pg_logical_slot_peek_binary_changes('decoder', NULL, NULL, 'proto_version', '1', 'publication_names', 'p')`,
    );
    const metric = await read(primary(), (reading) =>
      rowsOf(newest(reading), 'slots').some(({ spill_bytes }) => number(spill_bytes) > 0),
    );
    const slot = rowsOf(metric, 'slots').find(({ slot_name }) => slot_name === 'decoder');
    expect(number(slot?.['spill_txns'])).toBeGreaterThan(0);
    await primary().sql(`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots`);
  });

  it('says that the archiver keeps WAL where it fails', async () => {
    await primary().sql('SELECT pg_switch_wal()');
    await vi.waitFor(async () => {
      const rows = await primary().sql('SELECT FROM pg_stat_archiver WHERE archived_count > 0');
      expect(rows).toHaveLength(1);
    }, 10_000);
    await primary().sql(`ALTER SYSTEM SET archive_command = 'false'`);
    await primary().sql('SELECT pg_reload_conf()');
    await vi.waitFor(async () => {
      await primary().sql('INSERT INTO t VALUES (1); SELECT pg_switch_wal()');
      const [row] = await primary().sql('SELECT failed_count > 0 AS failed FROM pg_stat_archiver');
      expect(row).toEqual({ failed: true });
    }, 10_000);
    await primary().sql('INSERT INTO t VALUES (1); SELECT pg_switch_wal()');
    await primary().sql('INSERT INTO t VALUES (1); CHECKPOINT');
    const metric = await read(
      primary(),
      (reading) =>
        newest(reading)?.['wal_archive_failing'] === true &&
        newest(reading)?.['wal_kept_by'] === 'archiver',
    );
    expect(number(metric['wal_kept_bytes'])).toBeGreaterThan(16_777_216);
    expect((await read(standby!))['wal_archive_failing']).toBeNull();
  });

  it('counts the errors of a subscription', async () => {
    const { socketDirectory, port } = primary();
    await primary().sql('CREATE DATABASE copy');
    await primary().sql('CREATE TABLE elsewhere (a int)', 'copy');
    await primary().sql(`CREATE TABLE elsewhere (a int); CREATE PUBLICATION q FOR TABLE elsewhere`);
    await primary().sql(`SELECT pg_create_logical_replication_slot('sub', 'pgoutput')`);
    await primary().sql(
      `CREATE SUBSCRIPTION sub CONNECTION 'host=${socketDirectory} port=${port} user=postgres dbname=postgres'
       PUBLICATION q WITH (create_slot = false, copy_data = false)`,
      'copy',
    );
    await primary().sql('DROP TABLE elsewhere', 'copy');
    try {
      await primary().sql('INSERT INTO elsewhere VALUES (1)');
      const metric = await read(primary(), (reading) =>
        rowsOf(newest(reading), 'subscriptions').some(
          (row) => number(row['apply_error_count']) > 0,
        ),
      );
      expect(rowsOf(metric, 'subscriptions')[0]).toMatchObject({
        subscription: 'sub',
        enabled: true,
        sync_error_count: 0,
      });
      expect(JSON.stringify(metric)).not.toContain('dbname');
    } finally {
      await primary().sql('DROP SUBSCRIPTION sub', 'copy');
    }
  });

  it('reads as a role without any right, and leaves out what that may not see', async () => {
    const metric = await read(primary(), one, 'nobody');
    expect(rowsOf(metric, 'senders')).toMatchObject([{ state: null, replay_lag_bytes: null }]);
    const own = await read(standby!, one, 'nobody');
    expect(own['standby']).toMatchObject({ receiver_status: null, replay_lag_bytes: 0 });
  });

  it('does not take a standby that receives nothing for one that is up to date', async () => {
    await standby!.sql(`ALTER SYSTEM SET primary_conninfo = ''`);
    await standby!.sql('SELECT pg_reload_conf()');
    const { standby: own } = await read(standby!, (reading) => {
      const state = newest(reading)?.['standby'] as Fields | undefined;
      return state !== undefined && state['receiver_pid'] === null;
    });
    expect((own as Fields)['replay_lag_bytes']).toBe(0);
    expect((own as Fields)['replay_lag_seconds']).toBeGreaterThan(0);
  });
});
