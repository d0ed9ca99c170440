import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, inject, it, onTestFinished } from 'vitest';
import { startBackend } from '../../dev/backend/startBackend.ts';
import { startPostgres } from '../../dev/postgres.ts';
import { startWorkload } from '../../dev/workload.ts';
import { registry } from '../../src/sources/registry.ts';
import { eachVersion, majors } from './eachVersion.ts';
import { complaints, roles, watchedSettings } from './watchedServer.ts';

const runMs = 12_000;

interface Line {
  readonly level: string;
  readonly unit: string;
  readonly msg: string;
}

/** Runs the agent for a while, and until it has done enough, then asks it to end; what it logged, and its exit code. */
async function run(
  config: string,
  enough: () => boolean,
): Promise<{ lines: readonly Line[]; code: number | null }> {
  const child = spawn(process.execPath, [inject('bundle'), 'run', '--config', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: Line[] = [];
  createInterface({ input: child.stderr }).on('line', (text) => {
    lines.push(
      text.startsWith('{') ? (JSON.parse(text) as Line) : { level: 'text', unit: '', msg: text },
    );
  });
  const begun = performance.now();
  const look = setInterval(() => {
    const ranMs = performance.now() - begun;
    if (ranMs < 80_000 && (ranMs < runMs || !enough())) return;
    clearInterval(look);
    child.kill('SIGTERM');
  }, 500);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(look);
  return { lines, code };
}

eachVersion(majors, ({ major, options }) => {
  it('the agent delivers every type, breaks no schema, loses nothing and has no trouble', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pganalytics-matrix-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const destination = major >= 15 ? 'jsonlog,stderr' : 'stderr';
    const server = await startPostgres({
      ...options,
      settings: { ...watchedSettings, log_destination: destination, deadlock_timeout: '200ms' },
    });
    onTestFinished(() => server.stop());
    await server.sql(`CREATE EXTENSION pg_stat_statements; ${roles}`);
    const backend = await startBackend({ schemas: registry.flatMap(({ metrics }) => metrics) });
    onTestFinished(() => backend.stop());
    const workload = await startWorkload(server, { ratePerS: 20 });
    onTestFinished(() => workload.stop());

    const secret = join(folder, 'registration-secret');
    await writeFile(secret, backend.registrationSecret, { mode: 0o600 });
    const config = join(folder, 'collector.toml');
    const intervals = registry
      .filter(({ type }) => type !== 'host_inventory')
      .map(({ type, settings }) => {
        if (type === 'custom') {
          const sql = 'SELECT state, count(*) AS n FROM pg_stat_activity GROUP BY state';
          return `[custom]\nallow_superuser = true\n[custom.one]\nsql = "${sql}"\ninterval = 2\n`;
        }
        const { interval } = settings['properties'] as { interval: { minimum: number } };
        return `[${type}]\ninterval = ${Math.max(2, interval.minimum)}\n`;
      });
    await writeFile(
      config,
      `[collector]
state_dir = "${folder}/state"
push_interval = 2
[backend]
url = "${backend.url}"
[auth]
registration_secret_file = "${secret}"
[tls]
ca_file = "${await backend.caFile()}"
[log]
format = "json"
[[postgres]]
name = "main"
host = "${server.host}"
port = ${server.port}
user = "watcher"
databases = "*"
${intervals.join('')}`,
    );
    const { received } = backend;
    // Events need something to happen, and PgBouncer needs to be there.
    const silent = new Set(['pg_event', 'pgbouncer']);
    const expected = registry.map(({ type }) => type).filter((type) => !silent.has(type));
    const missing = () => expected.filter((type) => !received.counts.has(type));
    const inventories = () =>
      received
        .metrics('host_inventory')
        .map(({ server_version_num }) =>
          server_version_num === undefined ? 0 : Math.floor(Number(server_version_num) / 10_000),
        );
    const { lines, code } = await run(
      config,
      () => missing().length === 0 && inventories().length === 2,
    );
    const told = (level: string) =>
      lines.filter((line) => line.level === level).map(({ unit, msg }) => `${unit}: ${msg}`);
    const complained = [...told('warn'), ...told('error')];
    expect(complained.filter((line) => !line.includes('runs as root'))).toStrictEqual([]);
    expect(code).toBe(0);

    expect(received.violations).toStrictEqual([]);
    expect(missing()).toStrictEqual([]);
    expect(inventories().sort()).toStrictEqual([0, major]);

    const books = lines.filter(({ unit }) => unit === 'books').at(-1)!.msg;
    const count = (word: string) => Number(new RegExp(`\\b${word} (\\d+)`).exec(books)?.[1]);
    expect(count('collected')).toBeGreaterThan(30);
    expect(count('delivered')).toBe(count('collected'));
    expect(received.totals.metrics).toBe(count('delivered'));
    expect(await complaints(server)).toStrictEqual([]);
  });
});
