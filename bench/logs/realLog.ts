import { copyFile, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { startPostgres } from '../../dev/postgres.ts';

/** The forms in which the same messages are written. */
export const forms = ['log', 'csv', 'json'] as const;

/** The prefix of the files in the form `log`. */
export const prefix = '%m [%p] %q%u@%d,%a ';

/**
 * Lets a real server write the same messages in all forms into `<folder>/real.<form>`: a load like pgbench's with the
 * duration of each statement, some that take several lines, and some that fail.
 *
 * @param bytes - How long the shortest of the files becomes at least.
 */
export async function realLog(folder: string, bytes: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const server = await startPostgres({
    settings: {
      logging_collector: 'on',
      log_destination: 'stderr,csvlog,jsonlog',
      log_filename: 'real.log',
      log_line_prefix: prefix,
      log_min_duration_statement: 0,
      log_connections: 'on',
      log_rotation_size: 0,
      log_lock_waits: 'on',
      deadlock_timeout: '20ms',
    },
  });
  try {
    await server.sql(`CREATE TABLE accounts (id int PRIMARY KEY, balance int, filler text);
      INSERT INTO accounts SELECT i, 0, 'f' FROM generate_series(1, 10000) i;
      CREATE TABLE history (id int, delta int, at timestamptz DEFAULT now(), note text)`);
    const log = join(server.logDirectory, 'real.log');
    while ((await stat(log)).size < bytes) {
      await Promise.all([1, 2, 3, 4].map((seed) => session(server.connect(), seed)));
    }
    for (const name of await readdir(server.logDirectory)) {
      await copyFile(join(server.logDirectory, name), join(folder, name));
    }
  } finally {
    await server.stop();
  }
}

/** Some thousand transactions on one connection. */
async function session(connecting: Promise<pg.Client>, seed: number): Promise<void> {
  const client = await connecting;
  let state = seed * 7919 + Date.now();
  const random = (below: number): number =>
    (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
  const queries: Promise<unknown>[] = [];
  const ask = (sql: string, values?: unknown[]): void => {
    queries.push(client.query(sql, values).catch(() => undefined));
  };
  for (let round = 0; round < 1500; round++) {
    const id = 1 + random(10_000);
    ask('BEGIN');
    ask(`UPDATE accounts SET balance = balance + ${random(1000)} WHERE id = ${id};`);
    ask('SELECT balance FROM accounts WHERE id = $1', [id]);
    ask(
      `INSERT INTO history (id, delta, note)\n  VALUES (${id}, ${random(1000)},\n    'note of ${id}')`,
    );
    ask('COMMIT');
    if (round % 50 === 0) ask(`SELECT nothing_${random(30)} FROM accounts`);
    if (round % 90 === 0) ask(`INSERT INTO accounts VALUES (${id}, 0, 'twice')`);
    if (queries.length > 200) await Promise.all(queries.splice(0));
  }
  await Promise.all(queries);
  await client.end();
}
