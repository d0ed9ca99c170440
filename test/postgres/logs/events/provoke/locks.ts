import { setTimeout as wait } from 'node:timers/promises';
import type { DevPostgres } from '../../../../../dev/postgres.ts';
import { quietly } from './ask.ts';

/** Two sessions that wait for each other, and one that waits and then gets its lock. */
export async function locks(server: DevPostgres): Promise<void> {
  const [a, b] = [await server.connect(), await server.connect()];
  await a.query('BEGIN; UPDATE t SET a = 1 WHERE id = 1');
  await b.query('BEGIN; UPDATE t SET a = 1 WHERE id = 2');
  const waiting = [
    a.query('UPDATE t SET a = 2 WHERE id = 2'),
    wait(300).then(() => b.query('UPDATE t SET a = 2 WHERE id = 1')),
  ];
  await Promise.allSettled(waiting);
  await quietly(a.query('ROLLBACK'));
  await quietly(b.query('ROLLBACK'));
  await a.query('BEGIN; LOCK TABLE t');
  await b.query("SET lock_timeout = '300ms'");
  await quietly(b.query('SELECT count(*) FROM t'));
  await quietly(b.query('LOCK TABLE t NOWAIT'));
  await b.query('SET lock_timeout = 0');
  const got = b.query('SELECT count(*) FROM t');
  await wait(300);
  await a.query('COMMIT');
  await got;
  await a.query('BEGIN; SELECT * FROM t WHERE id = 3 FOR UPDATE');
  await quietly(b.query('SELECT * FROM t WHERE id = 3 FOR UPDATE NOWAIT'));
  await a.query('COMMIT');
  await a.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM t');
  await b.query('UPDATE t SET a = a + 1 WHERE id = 1');
  await quietly(a.query('UPDATE t SET a = a + 1 WHERE id = 1'));
  await Promise.all([a.end(), b.end()]);
}
