import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, chownSync, copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { type DevPostgres, startPostgres } from '../../../../../dev/postgres.ts';
import { owner } from '../../../../../dev/postgres/owner.ts';
import { version } from '../../../../matrix/eachVersion.ts';
import { ask, quietly } from './ask.ts';
import { crash } from './damage.ts';
import { settings } from './settings.ts';

type Keep = (server: DevPostgres, major?: number) => Promise<void>;

/** A file of the server's user. */
const give = (path: string, text = ''): void => {
  writeFileSync(path, text, { mode: 0o600 });
  const user = owner();
  if (user) chownSync(path, user.uid, user.gid);
};

/** A second postmaster in the same directory; what it says goes into the log by hand. */
export function second(server: DevPostgres): Promise<void> {
  const user = owner();
  const { stderr } = spawnSync(join(server.bin, 'postgres'), ['-D', server.dataDirectory], {
    ...(user && { uid: user.uid, gid: user.gid }),
    encoding: 'utf8',
  });
  writeFileSync(join(server.logDirectory, 'second.log'), stderr);
  return Promise.resolve();
}

/** A client that speaks of TLS and then does not. */
export async function tls(server: DevPostgres): Promise<void> {
  const [key, cert] = ['server.key', 'server.crt'].map((name) => join(server.dataDirectory, name));
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost'];
  execFileSync('openssl', [...made, '-keyout', key ?? '', '-out', cert ?? ''], { stdio: 'ignore' });
  for (const path of [key, cert]) give(path ?? '', readFileSync(path ?? '', 'utf8'));
  await ask(server, ['ALTER SYSTEM SET ssl = on', 'SELECT pg_reload_conf()']);
  await wait(500);
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
  await new Promise((resolve) => socket.once('data', resolve));
  socket.end('no TLS at all, whatever was said\n');
  await wait(500);
}

/** A session that may open no more files than it has. */
export async function descriptors(server: DevPostgres): Promise<void> {
  const tables = Array.from({ length: 60 }, (_, n) => `few_${n}`);
  await ask(server, [
    ...tables.map((name) => `CREATE TABLE ${name} AS SELECT 1 AS a`),
    'CHECKPOINT',
  ]);
  const client = await server.connect();
  client.on('error', () => undefined);
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
  const { pid } = rows[0] as { pid: number };
  execFileSync('prlimit', ['--pid', String(pid), '--nofile=24:24'], { ...owner() });
  for (const name of tables) await quietly(client.query(`INSERT INTO ${name} VALUES (2)`));
  await quietly(client.end());
}

/** A worker of a subscription that ends at its error. */
export async function worker(server: DevPostgres): Promise<void> {
  await ask(server, [
    'CREATE DATABASE worker',
    'CREATE TABLE w (id int PRIMARY KEY)',
    'CREATE PUBLICATION pw FOR TABLE w',
    "SELECT pg_create_logical_replication_slot('sw', 'pgoutput')",
  ]);
  await server.sql('CREATE TABLE w (id int PRIMARY KEY); INSERT INTO w VALUES (1)', 'worker');
  const at = `host=127.0.0.1 port=${server.port} user=postgres dbname=postgres`;
  await server.sql(
    `CREATE SUBSCRIPTION sw CONNECTION '${at}' PUBLICATION pw WITH (create_slot = false, copy_data = false)`,
    'worker',
  );
  await server.sql('INSERT INTO w VALUES (1)');
  await wait(2500);
  await quietly(server.sql('ALTER SUBSCRIPTION sw DISABLE', 'worker'));
  await quietly(server.sql('DROP SUBSCRIPTION sw', 'worker'));
}

/** WAL from an archive, then an archive that cannot be read. */
export async function restoring(server: DevPostgres): Promise<void> {
  const archive = join(dirname(server.dataDirectory), 'archive');
  mkdirSync(archive);
  await server.halt();
  const wal = join(server.dataDirectory, 'pg_wal');
  for (const name of readdirSync(wal).filter((one) => /^[0-9A-F]{24}$/.test(one))) {
    copyFileSync(join(wal, name), join(archive, name));
  }
  const signal = join(server.dataDirectory, 'recovery.signal');
  const recover = async (command: string): Promise<void> => {
    give(signal);
    const file = join(server.dataDirectory, 'postgresql.conf');
    appendFileSync(file, `restore_command = '${command}'\n`);
    await quietly(server.resume());
    await wait(3000);
  };
  execFileSync('chmod', ['-R', 'a+rX', archive]);
  await recover(`cp "${archive}/%f" "%p"`);
  await quietly(server.halt());
  await recover('exit 130');
  rmSync(signal, { force: true });
  await quietly(server.resume());
}

/** Transactions that are as old as may be, and older. */
export async function wraparound(_: DevPostgres, keep: Keep): Promise<void> {
  const server = await startPostgres({
    settings: { ...settings, autovacuum: 'off', autovacuum_freeze_max_age: 100_000 },
  });
  try {
    await server.sql('CREATE TABLE old AS SELECT 1');
    const reader = await server.connect();
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT txid_current()');
    await server.sql(
      'DO $$ BEGIN FOR i IN 1..110000 LOOP PERFORM txid_current(); COMMIT; END LOOP; END $$',
    );
    await ask(server, ['VACUUM old']);
    await reader.end();
    for (const left of [10_000_000, 2_000_000]) {
      await ask(server, [
        `UPDATE pg_database SET datfrozenxid = ((txid_current() + 2147483648 + ${left}) % 4294967296)::text::xid WHERE datname = 'template1'`,
        'VACUUM FREEZE',
        'SELECT txid_current()',
      ]);
    }
    await keep(server);
  } finally {
    await server.stop();
  }
}

/** An autovacuum that gives way, and a stream from WAL that is gone: nothing holds it here, as an archive does elsewhere. */
async function givesWay(server: DevPostgres): Promise<void> {
  await server.sql(
    `CREATE TABLE big WITH (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1,
       autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0)
     AS SELECT i, repeat('x', 500) FROM generate_series(1, 20000) i`,
  );
  await server.sql('DELETE FROM big WHERE i % 2 = 0');
  for (let waited = 0; waited < 20_000; waited += 200) {
    const running = await server.sql('SELECT 1 FROM pg_stat_progress_vacuum');
    if (running.length > 0) break;
    await wait(200);
  }
  await server.sql('BEGIN; LOCK TABLE big; COMMIT');
  for (let times = 0; times < 3; times++) {
    await ask(server, ['CREATE TABLE IF NOT EXISTS a AS SELECT 1', 'SELECT pg_switch_wal()']);
    await ask(server, ['INSERT INTO a VALUES (1)', 'CHECKPOINT']);
  }
  const { host, port } = server;
  const late = new pg.Client({
    host,
    port,
    user: 'postgres',
    replication: 'true',
  } as pg.ClientConfig);
  late.on('error', () => undefined);
  await late.connect();
  await Promise.race([
    quietly(late.query('START_REPLICATION PHYSICAL 0/1000000 TIMELINE 1')),
    wait(1500),
  ]);
  await quietly(Promise.race([late.end(), wait(500)]));
}

/** PostgreSQL 13 tells in its log too what it tells the sessions that it ends. */
export async function oldCrash(_: DevPostgres, keep: Keep): Promise<void> {
  const server = await startPostgres({
    ...version(13).options,
    settings: {
      logging_collector: 'on',
      log_line_prefix: settings.log_line_prefix,
      autovacuum_naptime: '1s',
      deadlock_timeout: '100ms',
      min_wal_size: '32MB',
      max_wal_size: '32MB',
    },
  });
  try {
    await givesWay(server);
    await crash(server);
    await wait(1000);
    await keep(server, 13);
  } finally {
    await server.stop();
  }
}
