import { appendFile, open, readFile, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type DevPostgres, startPostgres } from '../../../../dev/postgres.ts';
import { startStandby } from '../../../../dev/postgres/standby.ts';
import { eventOf } from '../../../../src/postgres/logs/events/eventOf.ts';
import { compilePrefix } from '../../../../src/postgres/logs/prefix.ts';
import { severityWord } from '../../../../src/postgres/logs/severityWord.ts';
import { scanLine } from '../scanLine.ts';
import { failing, quiet } from './provocations.ts';

// Lets real servers write a message of each class, and keeps the first of each in samples.ndjson:
//   npx tsx test/postgres/logs/events/generate.ts
// What is of no known class is printed.

const prefix = '%m [%p] %e ';
const settings = {
  logging_collector: 'on',
  log_destination: 'stderr',
  log_filename: 'events.log',
  log_line_prefix: prefix,
  log_min_messages: 'debug1',
  log_connections: 'all',
  log_disconnections: 'on',
  log_checkpoints: 'on',
  log_lock_waits: 'on',
  log_lock_failures: 'on',
  log_temp_files: 0,
  log_autovacuum_min_duration: 0,
  log_recovery_conflict_waits: 'on',
  log_replication_commands: 'on',
  autovacuum_naptime: '1s',
  deadlock_timeout: '100ms',
  authentication_timeout: '2s',
  max_connections: 20,
  max_prepared_transactions: 2,
  wal_level: 'logical',
  archive_mode: 'on',
  archive_command: 'false',
  max_wal_size: '32MB',
  min_wal_size: '32MB',
  checkpoint_warning: '1h',
  work_mem: '64kB',
  shared_preload_libraries: 'auto_explain',
  restart_after_crash: 'on',
};
const hba = `host all nobody_password 127.0.0.1/32 scram-sha-256
host all rejected 127.0.0.1/32 reject
host postgres nohba 10.0.0.0/8 trust
host all postgres 127.0.0.1/32 trust
host all limited,mayenter 127.0.0.1/32 trust
host replication postgres 127.0.0.1/32 trust
host all missing,nologin 127.0.0.1/32 trust`;

const quietly = async (work: Promise<unknown>): Promise<void> => {
  await work.catch(() => undefined);
};

/** Statements, one after the other, each on its own. */
async function ask(server: DevPostgres, statements: readonly string[]): Promise<void> {
  let client = await server.connect();
  client.on('error', () => undefined);
  for (const sql of statements) {
    await quietly(client.query(sql));
    if (
      await client.query('ROLLBACK').then(
        () => false,
        () => true,
      )
    ) {
      client = await server.connect();
      client.on('error', () => undefined);
    }
  }
  await quietly(client.end());
}

/** Two sessions that wait for each other, and one that waits and then gets its lock. */
async function locks(server: DevPostgres): Promise<void> {
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

/** Who is not let in. */
async function entries(server: DevPostgres): Promise<void> {
  const { default: pg } = await import('pg');
  const enter = async (user: string, set: object = {}): Promise<void> => {
    const { host, port } = server;
    const made = new pg.Client({ host, port, user, database: 'postgres', password: 'x', ...set });
    made.on('error', () => undefined);
    await quietly(made.connect());
    await quietly(made.end());
  };
  for (const user of ['nobody_password', 'rejected', 'nohba', 'missing', 'nologin'])
    await enter(user);
  await enter('postgres', { database: 'nowhere' });
  await enter('postgres', { database: 'closed' });
  await enter('mayenter', { database: 'private' });
  await Promise.all([1, 2, 3].map(() => enter('limited')));
  const many = Array.from({ length: 25 }, async () => server.connect().catch(() => undefined));
  for (const client of await Promise.all(many)) await quietly(client?.end() ?? Promise.resolve());
  const { connect } = await import('node:net');
  const send = async (text: Buffer): Promise<void> => {
    const socket = connect(server.port, server.host);
    socket.on('error', () => undefined);
    socket.resume();
    socket.end(text);
    await new Promise((resolve) => socket.once('close', resolve));
  };
  await send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  await send(Buffer.from([0, 0]));
  const silent = connect(server.port, server.host);
  silent.on('error', () => undefined);
  silent.resume();
  await new Promise((resolve) => silent.once('close', resolve));
  const lost = await server.connect();
  (
    lost as unknown as { connection: { stream: { destroy: () => void } } }
  ).connection.stream.destroy();
}

/** Configuration, good and bad. */
async function configuration(server: DevPostgres): Promise<void> {
  const file = join(server.dataDirectory, 'postgresql.conf');
  const reload = async (line: string): Promise<void> => {
    await appendFile(file, `${line}\n`);
    await server.sql('SELECT pg_reload_conf()');
    await wait(400);
  };
  await reload("work_mem = '128kB'");
  await reload('max_connections = 30');
  await reload('no_such_parameter = 1');
  await writeFile(file, (await readFile(file, 'utf8')).replace(/no_such_parameter.*\n/, ''));
  const hbaFile = join(server.dataDirectory, 'pg_hba.conf');
  const before = await readFile(hbaFile, 'utf8');
  await writeFile(hbaFile, `${before}nonsense all all\n`);
  await reload('');
  await writeFile(hbaFile, before);
  await reload('');
}

/** Damages the first page of a table. */
async function damage(server: DevPostgres): Promise<void> {
  const [row] = await server.sql(
    "CREATE TABLE damaged AS SELECT generate_series(1, 500); CHECKPOINT; SELECT pg_relation_filepath('damaged') path",
  );
  const path = join(server.dataDirectory, String(row?.['path']));
  await server.halt();
  const file = await open(path, 'r+');
  await file.write(Buffer.alloc(200, 7), 0, 200, 0);
  await file.close();
  await server.resume();
  await quietly(server.sql('SELECT count(*) FROM damaged'));
  const gone = await server.sql(
    "CREATE TABLE gone AS SELECT 1; CHECKPOINT; SELECT pg_relation_filepath('gone') path",
  );
  await server.halt();
  const { rm } = await import('node:fs/promises');
  await rm(join(server.dataDirectory, String(gone[0]?.['path'])));
  await server.resume();
  await quietly(server.sql('SELECT count(*) FROM gone'));
}

/** A backend that is killed, and the recovery after it. */
async function crash(server: DevPostgres): Promise<void> {
  const victim = await server.connect();
  const other = await server.connect();
  for (const client of [victim, other]) client.on('error', () => undefined);
  const { rows } = await victim.query('SELECT pg_backend_pid() AS pid');
  process.kill((rows[0] as { pid: number }).pid, 'SIGKILL');
  for (let attempt = 0; attempt < 50; attempt++) {
    await wait(100);
    if (
      await server.sql('SELECT 1').then(
        () => true,
        () => false,
      )
    )
      break;
  }
}

async function replication(server: DevPostgres): Promise<void> {
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

const samples = new Map<string, { event: string; major: number; line: string }>();
const strangers = new Set<string>();

/** Keeps the first message of each class that a server wrote. */
async function keep(server: DevPostgres): Promise<void> {
  const compiled = compilePrefix(prefix);
  for (const name of await readdir(server.logDirectory)) {
    const text = await readFile(join(server.logDirectory, name), 'utf8');
    for (const line of text.split('\n')) {
      const found = scanLine(compiled, line);
      const level = found?.severity.meaning?.level;
      if (!found || !level) continue;
      const message = found.text;
      const event = eventOf(level, message, found.fields.e);
      const plain = line.replaceAll(tmpdir(), '/tmp').replace(/pgdev-\w+/g, 'pg');
      if (event === undefined) {
        if (level !== 'DEBUG') strangers.add(plain.slice(33));
      } else if (!samples.has(event) && severityWord(found.severity.word)) {
        samples.set(event, { event, major: 18, line: plain.slice(0, 600) });
      }
    }
  }
}

async function main(): Promise<void> {
  const server = await startPostgres({ settings, hba });
  try {
    const step = async (name: string, work: () => Promise<void>): Promise<void> => {
      const late = wait(60_000).then(() => Promise.reject(new Error('took too long')));
      await Promise.race([work(), late]).catch((error: unknown) => console.error(name, error));
      console.log(`${name} is done`);
    };
    await step('quiet', () => ask(server, quiet));
    await step('failing', () => ask(server, failing));
    await step('locks', () => locks(server));
    await step('entries', () => entries(server));
    await step('configuration', () => configuration(server));
    await step('replication', () => replication(server));
    await step('damage', () => damage(server));
    await step('crash', () => crash(server));
    await wait(1500);
    await server.halt();
    await keep(server);
  } finally {
    await server.stop();
  }
  const lines = [...samples.values()].sort((a, b) => (a.event < b.event ? -1 : 1));
  await writeFile(
    fileURLToPath(new URL('samples.ndjson', import.meta.url)),
    lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
  );
  console.log(`${lines.length} classes; of none:\n${[...strangers].slice(0, 200).join('\n')}`);
}

process.on('unhandledRejection', (error) => console.error(error));
await main();
process.exit();
