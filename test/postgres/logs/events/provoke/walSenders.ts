import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { DevPostgres } from '../../../../../dev/postgres.ts';
import { ask, quietly } from './ask.ts';

/** A connection that streams and never answers. */
async function sender(server: DevPostgres): Promise<pg.Client> {
  const { host, port } = server;
  const options = { host, port, user: 'postgres', database: 'postgres', replication: 'true' };
  const made = new pg.Client(options);
  made.on('error', () => undefined);
  await made.connect();
  return made;
}

/** Streams from where nothing is left, streams that are not followed, slots that are in use or all taken. */
export async function walSenders(server: DevPostgres): Promise<void> {
  await ask(server, [
    'SELECT pg_switch_wal()',
    'CHECKPOINT',
    'SELECT pg_switch_wal()',
    'CHECKPOINT',
  ]);
  const late = await sender(server);
  await Promise.race([
    quietly(late.query('START_REPLICATION PHYSICAL 0/1000000 TIMELINE 1')),
    wait(1500),
  ]);
  await server.sql("SELECT pg_create_physical_replication_slot('held', true)");
  await server.sql("ALTER SYSTEM SET wal_sender_timeout = '1s'");
  await server.sql('SELECT pg_reload_conf()');
  await wait(300);
  const deaf = await sender(server);
  const [row] = await server.sql('SELECT pg_current_wal_lsn()::text AS lsn');
  void quietly(deaf.query(`START_REPLICATION SLOT held PHYSICAL ${String(row?.['lsn'])}`));
  await wait(300);
  await quietly(server.sql("SELECT pg_drop_replication_slot('held')"));
  await wait(2500);
  for (let slot = 0; slot < 12; slot++) {
    await quietly(server.sql(`SELECT pg_create_physical_replication_slot('many_${slot}')`));
  }
  for (let slot = 0; slot < 12; slot++) {
    await quietly(server.sql(`SELECT pg_drop_replication_slot('many_${slot}')`));
  }
  await quietly(server.sql('DROP PUBLICATION nothing_published'));
  await ask(server, [
    "ALTER SYSTEM SET synchronous_standby_names = 'nobody'",
    'SELECT pg_reload_conf()',
  ]);
  await wait(300);
  const patient = await server.connect();
  patient.on('error', () => undefined);
  const { rows } = await patient.query('SELECT pg_backend_pid() AS pid');
  const waiting = quietly(patient.query('CREATE TABLE waits_for_nobody (i int)'));
  await wait(500);
  await server.sql(`SELECT pg_cancel_backend(${String((rows[0] as { pid: number }).pid)})`);
  await waiting;
  await ask(server, ['ALTER SYSTEM RESET synchronous_standby_names', 'SELECT pg_reload_conf()']);
  await quietly(patient.end());
  await quietly(late.end());
  await quietly(deaf.end());
}
