import { setTimeout as wait } from 'node:timers/promises';
import type { DevPostgres } from '../../../../../dev/postgres.ts';
import { startStandby } from '../../../../../dev/postgres/standby.ts';
import { ask, quietly } from './ask.ts';
import { settings } from './settings.ts';

/** A standby, a subscription, and slots that fall behind; `keep` sees the standby before it goes. */
export async function replication(
  server: DevPostgres,
  keep: (standby: DevPostgres) => Promise<void>,
): Promise<void> {
  const standby = await startStandby(server, {
    settings: {
      ...settings,
      hot_standby: 'on',
      max_standby_streaming_delay: '300ms',
      archive_mode: 'off',
    },
  });
  try {
    await server.sql('CREATE TABLE r AS SELECT generate_series(1, 1000) i; CHECKPOINT');
    await wait(1000);
    await ask(standby, ['CHECKPOINT', 'INSERT INTO r VALUES (1)', 'VACUUM r']);
    const reader = await standby.connect();
    reader.on('error', () => undefined);
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM r');
    await server.sql('DELETE FROM r; DROP TABLE r');
    await quietly(reader.query('SELECT pg_sleep(3)'));
    await quietly(reader.end());
    await ask(server, [
      "SELECT pg_create_logical_replication_slot('decoded', 'test_decoding')",
      "SELECT count(*) FROM pg_logical_slot_get_changes('decoded', NULL, NULL)",
      'CREATE PUBLICATION p FOR TABLE t',
      "SELECT pg_drop_replication_slot('no_such_slot')",
      'CREATE DATABASE subscriber',
    ]);
    const slot = "SELECT pg_create_logical_replication_slot('sub', 'pgoutput')";
    await quietly(server.sql(slot));
    const at = `host=127.0.0.1 port=${server.port} user=postgres dbname=postgres`;
    await quietly(
      server.sql('CREATE TABLE t (id int PRIMARY KEY, a int, b text, c varchar(3))', 'subscriber'),
    );
    await quietly(
      server.sql(
        `CREATE SUBSCRIPTION sub CONNECTION '${at}' PUBLICATION p WITH (create_slot = false)`,
        'subscriber',
      ),
    );
    await wait(2500);
    await quietly(server.sql('DROP SUBSCRIPTION sub', 'subscriber'));
    await ask(server, [
      "ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'",
      'SELECT pg_reload_conf()',
    ]);
    await ask(server, [
      "CREATE TABLE wal AS SELECT repeat('x', 1000) FROM generate_series(1, 40000)",
      'SELECT pg_switch_wal()',
      'CHECKPOINT',
      'CHECKPOINT',
    ]);
    await ask(server, [
      "ALTER SYSTEM SET synchronous_standby_names = '*'",
      'SELECT pg_reload_conf()',
    ]);
    await wait(1000);
    await ask(server, ['ALTER SYSTEM RESET synchronous_standby_names', 'SELECT pg_reload_conf()']);
    await server.halt();
    await wait(1500);
    await standby.sql('SELECT pg_promote()');
    await wait(1500);
    await server.resume();
  } finally {
    await keep(standby);
    await standby.stop();
  }
}
