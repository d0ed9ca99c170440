import { chownSync, mkdirSync, mkdtempSync } from 'node:fs';
import { appendFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type pg from 'pg';
import { binaries, type BinariesOptions } from './postgres/binaries.ts';
import { freePort } from './postgres/freePort.ts';
import { lastWill } from './postgres/lastWill.ts';
import { owner } from './postgres/owner.ts';
import {
  client,
  type Place,
  PortTakenError,
  runBinary,
  startPostmaster,
  stopPostmaster,
} from './postgres/postmaster.ts';

export type { Version } from './postgres/binaries.ts';

export interface PostgresOptions extends BinariesOptions {
  /** Lines of `postgresql.conf`; they win over the launcher's (which turn fsync off and load pg_stat_statements). */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** The text of `pg_hba.conf`. The user `postgres` can always connect through the socket. Default: trust everybody. */
  readonly hba?: string;
  /** Default: a free one. */
  readonly port?: number;
}

/** A throw-away PostgreSQL server; removed by `stop()`, and at latest when the process ends. */
export interface DevPostgres {
  readonly host: '127.0.0.1';
  /** Its socket is `.s.PGSQL.<port>` in here. */
  readonly socketDirectory: string;
  readonly port: number;
  readonly user: 'postgres';
  readonly dataDirectory: string;
  /** Where the logging collector writes, if it is on (`settings: { logging_collector: 'on' }`). */
  readonly logDirectory: string;
  /** The folder with `postgres` and `initdb` that this server runs from. */
  readonly bin: string;
  /** Of the postmaster; another one after a restart. */
  readonly pid: number;
  /** A connected client through the socket. The caller ends it. Default: database and user `postgres`. */
  connect(database?: string, user?: string): Promise<pg.Client>;
  /** Runs statements on a connection of its own; the rows of the last one. */
  sql(text: string, database?: string): Promise<Record<string, unknown>[]>;
  /** Stops the server and keeps its data. */
  halt(): Promise<void>;
  /** Starts it again on the same port. */
  resume(): Promise<void>;
  /** `halt` and `resume`. */
  restart(): Promise<void>;
  /** Ends the server and removes everything. Once is enough, twice does no harm. */
  stop(): Promise<void>;
}

/**
 * Starts a throw-away server from the embedded binaries: a new cluster (UTF-8, locale C, time zone UTC) with a system
 * identifier of its own, on 127.0.0.1 and a socket.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<DevPostgres> {
  const bin = await binaries(options);
  return startCluster(bin, options, async (folder) => {
    const data = join(folder, 'data');
    const args = ['--auth=trust', '--no-sync', '-E', 'UTF8', '--locale=C', '-U', 'postgres'];
    await runBinary(bin, 'initdb', [...args, '-D', data], folder);
    await appendFile(join(data, 'postgresql.conf'), lines(defaults));
    if (options.hba !== undefined) {
      const ours = 'local all postgres trust\nlocal replication postgres trust\n';
      await writeFile(join(data, 'pg_hba.conf'), `${ours}${options.hba}\n`);
    }
  });
}

/**
 * Starts a server on the data directory that `fill` makes in `<folder>/data`. Its place, the settings and the port are
 * written behind everything else; the port is chosen anew where somebody was faster.
 */
export async function startCluster(
  bin: string,
  options: PostgresOptions,
  fill: (folder: string) => Promise<void>,
): Promise<DevPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'pgdev-'));
  const revoke = lastWill(folder);
  try {
    mkdirSync(join(folder, 's'));
    const user = owner();
    if (user) for (const path of [folder, join(folder, 's')]) chownSync(path, user.uid, user.gid);
    await fill(folder);
    const configuration = join(folder, 'data', 'postgresql.conf');
    const place = { listen_addresses: '127.0.0.1', unix_socket_directories: join(folder, 's') };
    await appendFile(configuration, lines({ ...place, ...options.settings }));
    for (let attempt = 1; ; attempt++) {
      const port = options.port ?? (await freePort());
      await appendFile(configuration, lines({ port }));
      try {
        return await running({ folder, bin, port }, options, revoke);
      } catch (error) {
        const again = error instanceof PortTakenError && options.port === undefined && attempt < 10;
        if (!again) throw error;
      }
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    revoke();
    throw error;
  }
}

const defaults = {
  max_connections: 50,
  shared_buffers: '16MB',
  fsync: 'off',
  full_page_writes: 'off',
  shared_preload_libraries: 'pg_stat_statements',
};

function lines(settings: Readonly<Record<string, string | number>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'\n`)
    .join('');
}

async function running(place: Place, options: PostgresOptions, revoke: () => void) {
  let child = await startPostmaster(place);
  let stopped: Promise<void> | undefined;
  const dataDirectory = join(place.folder, 'data');
  const logDirectory = String(options.settings?.['log_directory'] ?? 'log');
  const connect = async (database?: string, user?: string) => {
    const made = client(place, database, user);
    await made.connect();
    return made;
  };
  const server: DevPostgres = {
    host: '127.0.0.1',
    socketDirectory: join(place.folder, 's'),
    port: place.port,
    user: 'postgres',
    dataDirectory,
    logDirectory: isAbsolute(logDirectory) ? logDirectory : join(dataDirectory, logDirectory),
    bin: place.bin,
    get pid() {
      return child.pid!;
    },
    connect,
    async sql(text, database) {
      const made = await connect(database);
      try {
        const result = (await made.query(text)) as pg.QueryResult | pg.QueryResult[];
        const last = Array.isArray(result) ? result.at(-1)! : result;
        return last.rows as Record<string, unknown>[];
      } finally {
        await made.end();
      }
    },
    halt: () => stopPostmaster(child),
    async resume() {
      child = await startPostmaster(place);
    },
    async restart() {
      await server.halt();
      await server.resume();
    },
    stop: () =>
      (stopped ??= (async () => {
        await stopPostmaster(child);
        await rm(place.folder, { recursive: true, force: true, maxRetries: 3 });
        revoke();
      })()),
  };
  return server;
}
