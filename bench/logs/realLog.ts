import { copyFile, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { startPostgres } from '../../dev/postgres.ts';

/** The forms in which the same messages are written. */
export const forms = ['log', 'csv', 'json'] as const;

/** The prefix of the files in the form `log`. */
export const prefix = '%m [%p] %q%u@%d,%a ';

/** pgbench's tables, with fewer rows. */
const schema = `
  CREATE TABLE pgbench_branches (bid int PRIMARY KEY, bbalance int, filler char(88));
  CREATE TABLE pgbench_tellers (tid int PRIMARY KEY, bid int, tbalance int, filler char(84));
  CREATE TABLE pgbench_accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84));
  CREATE TABLE pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
  INSERT INTO pgbench_branches SELECT i, 0 FROM generate_series(1, 10) i;
  INSERT INTO pgbench_tellers SELECT i, 1 + i % 10, 0 FROM generate_series(1, 100) i;
  INSERT INTO pgbench_accounts SELECT i, 1 + i % 10, 0 FROM generate_series(1, 10000) i`;

/** pgbench's default script, each line with the names of its parameters. */
const script = [
  ['BEGIN;'],
  ['UPDATE pgbench_accounts SET abalance = abalance + $1 WHERE aid = $2;', 'delta', 'aid'],
  ['SELECT abalance FROM pgbench_accounts WHERE aid = $1;', 'aid'],
  ['UPDATE pgbench_tellers SET tbalance = tbalance + $1 WHERE tid = $2;', 'delta', 'tid'],
  ['UPDATE pgbench_branches SET bbalance = bbalance + $1 WHERE bid = $2;', 'delta', 'bid'],
  [
    'INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES ($1, $2, $3, $4, CURRENT_TIMESTAMP);',
    ...(['tid', 'bid', 'aid', 'delta'] as const),
  ],
  ['END;'],
] as const;

/** How statements are sent: pgbench's `-M`. */
type Protocol = 'simple' | 'prepared';

/**
 * Lets a real server write the same messages in all forms into `<folder>/real.<form>`, with the duration of each statement:
 * transactions of pgbench's default script (TPC-B), half of the sessions with literals in the text and half with prepared
 * statements and parameters; now and then a report of several lines, and statements that fail.
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
    await server.sql(schema);
    const log = join(server.logDirectory, 'real.log');
    while ((await stat(log)).size < bytes) {
      await Promise.all(
        [1, 2, 3, 4].map((seed) =>
          session(server.connect(), seed, seed % 2 === 0 ? 'simple' : 'prepared'),
        ),
      );
    }
    for (const name of await readdir(server.logDirectory)) {
      await copyFile(join(server.logDirectory, name), join(folder, name));
    }
  } finally {
    await server.stop();
  }
}

/** Some hundred transactions on one connection. */
async function session(
  connecting: Promise<pg.Client>,
  seed: number,
  protocol: Protocol,
): Promise<void> {
  const client = await connecting;
  let state = seed * 7919 + Date.now();
  const random = (below: number): number =>
    (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
  const ask = async (text: string): Promise<void> => {
    await client.query(text).catch(() => undefined);
  };
  for (let round = 0; round < 700; round++) {
    const [aid, bid, tid] = [1 + random(10_000), 1 + random(10), 1 + random(100)];
    const given = { aid, bid, tid, delta: random(10_000) - 5000 };
    for (const [index, [text, ...names]] of script.entries()) {
      const values = names.map((name) => given[name]);
      if (protocol === 'prepared') await client.query({ name: `P_${index}`, text, values });
      else await ask(text.replace(/\$(\d)/g, (_, place) => String(values[Number(place) - 1])));
    }
    if (round % 10 === 0) await ask(report(given.delta, round));
    if (round % 50 === 0) await ask(`SELECT nothing_${random(30)} FROM pgbench_accounts`);
    if (round % 90 === 0) await ask(`INSERT INTO pgbench_accounts VALUES (${aid}, 1, 0, 'twice')`);
  }
  await client.end();
}

const report = (least: number, round: number): string => `SELECT b.bid,
       count(*) AS accounts,
       sum(a.abalance) AS balance
  FROM pgbench_branches b
  JOIN pgbench_accounts a ON a.bid = b.bid
 WHERE a.abalance > ${least}
   AND b.filler IS DISTINCT FROM 'closed since ${round}'
 GROUP BY b.bid
 ORDER BY balance DESC
 LIMIT 10`;
