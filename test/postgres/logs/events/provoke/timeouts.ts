import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import type { DevPostgres } from '../../../../../dev/postgres.ts';
import { quietly } from './ask.ts';

async function client(server: DevPostgres): Promise<pg.Client> {
  const made = await server.connect();
  made.on('error', () => undefined);
  return made;
}

/** Sessions and transactions that are left alone for too long, or go on at the wrong time. */
export async function timeouts(server: DevPostgres): Promise<void> {
  const idle = await client(server);
  await idle.query("SET idle_in_transaction_session_timeout = '100ms'; BEGIN");
  const asleep = await client(server);
  await asleep.query("SET idle_session_timeout = '100ms'");
  const aborted = await client(server);
  await aborted.query('BEGIN');
  await quietly(aborted.query('SELECT 1/0'));
  await quietly(aborted.query('SELECT 1'));
  await aborted.query('ROLLBACK; BEGIN');
  await quietly(aborted.query('DO $$ BEGIN COMMIT; END $$'));
  for (const sql of [
    'ROLLBACK',
    'SET log_min_duration_statement = 0',
    'SELECT 1',
    'RESET log_min_duration_statement',
    'SET log_duration = on',
    'SELECT 1',
    'RESET log_duration',
    "SET log_statement = 'all'",
    'SELECT 1',
    'RESET log_statement',
  ]) {
    await aborted.query(sql);
  }
  await aborted.end();
  const [user, database] = ['nobody_password', 'postgres'];
  const text = Buffer.from(`user\0${user}\0database\0${database}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + text.length, 0);
  head.writeInt32BE(196_608, 4);
  const silent = connect(server.port, server.host, () => silent.write(Buffer.concat([head, text])));
  silent.on('error', () => undefined);
  silent.resume();
  await Promise.race([new Promise((resolve) => silent.once('close', resolve)), wait(5000)]);
}

/** A deadlock that the server avoids, an autovacuum that gives way, a vacuum that is skipped. */
export async function givingWay(server: DevPostgres): Promise<void> {
  await server.sql('CREATE TABLE x (i int); CREATE TABLE y (i int)');
  const [a, b, c] = [await client(server), await client(server), await client(server)];
  await c.query('BEGIN; SELECT * FROM x');
  await a.query('BEGIN; LOCK TABLE y');
  const waiting = [b.query('BEGIN; LOCK TABLE x')];
  await wait(30);
  waiting.push(a.query('SELECT * FROM x'));
  await wait(30);
  waiting.push(c.query('LOCK TABLE y'));
  await wait(600);
  await quietly(server.sql('VACUUM (SKIP_LOCKED) y'));
  await quietly(a.query('COMMIT'));
  await quietly(c.query('COMMIT'));
  await Promise.allSettled(waiting);
  await quietly(b.query('COMMIT'));
  await server.sql(
    `CREATE TABLE slow (i int, t text) WITH (autovacuum_vacuum_cost_delay = 50, autovacuum_vacuum_cost_limit = 1,
       autovacuum_vacuum_threshold = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_analyze_threshold = 1000000000)`,
  );
  await server.sql("INSERT INTO slow SELECT i, repeat('x', 500) FROM generate_series(1, 50000) i");
  await server.sql('DELETE FROM slow WHERE i % 2 = 0');
  for (let round = 0; round < 20; round++) {
    await wait(500);
    const [row] = await server.sql(
      "SELECT count(*) AS n FROM pg_stat_activity WHERE query LIKE 'autovacuum: VACUUM%slow%'",
    );
    if (Number(row?.['n']) > 0) break;
  }
  await quietly(server.sql('LOCK TABLE slow'));
  await Promise.all([a.end(), b.end(), c.end()]);
}
