import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DevPostgres } from './postgres.ts';
import { freePort } from './postgres/freePort.ts';
import { owner } from './postgres/owner.ts';

const binary = '/usr/sbin/pgbouncer';

/** Why PgBouncer cannot be started here; undefined where it can. */
export const pgbouncerMissing = (): string | undefined =>
  existsSync(binary) ? undefined : `${binary} is not installed (apt-get install pgbouncer)`;

export interface PgbouncerOptions {
  readonly postgres: Pick<DevPostgres, 'host' | 'port'>;
  readonly mode: 'session' | 'transaction';
  /** Who may log in, without a password; all may read its statistics. */
  readonly users: readonly string[];
  /** Server connections for each user and database. */
  readonly poolSize: number;
}

/** A throw-away PgBouncer in front of a throw-away server. */
export interface DevPgbouncer {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** What it has logged so far. */
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

/** Starts PgBouncer; it refuses every start-up parameter that it does not know, as it does by default. */
export async function startPgbouncer(options: PgbouncerOptions): Promise<DevPgbouncer> {
  const { postgres, mode, users, poolSize } = options;
  const folder = mkdtempSync(join(tmpdir(), 'pgbouncer-'));
  const port = await freePort();
  const file = (name: string): string => join(folder, name);
  await writeFile(file('users.txt'), users.map((user) => `"${user}" ""\n`).join(''));
  await writeFile(
    file('pgbouncer.ini'),
    `[databases]
* = host=${postgres.host} port=${postgres.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${file('users.txt')}
stats_users = ${users.join(', ')}
pool_mode = ${mode}
default_pool_size = ${poolSize}
logfile = ${file('log')}
pidfile = ${file('pid')}
`,
  );
  const user = owner();
  if (user) {
    for (const each of ['', 'users.txt', 'pgbouncer.ini']) {
      chownSync(join(folder, each), user.uid, user.gid);
    }
  }
  const child = spawn(binary, [file('pgbouncer.ini')], { stdio: 'ignore', ...user });
  const ended = once(child, 'exit');
  const last = (): boolean => child.kill('SIGKILL');
  process.on('exit', last);
  const stop = async (): Promise<void> => {
    process.off('exit', last);
    child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const log = (): string => (existsSync(file('log')) ? readFileSync(file('log'), 'utf8') : '');
  const until = Date.now() + 10_000;
  while (!(await answers(port))) {
    if (child.exitCode !== null || Date.now() > until) {
      const said = log();
      await stop();
      throw new Error(`PgBouncer does not answer: ${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { host: '127.0.0.1', port, log, stop };
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (yes: boolean): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
