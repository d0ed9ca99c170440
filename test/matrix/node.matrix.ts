import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { version } from '../../src/schema/version.ts';
import { withPostgres } from '../support/postgres.ts';
import { roles } from './watchedServer.ts';

const run = promisify(execFile);
const folderOf = (major: number): string =>
  fileURLToPath(new URL(`node_modules/node-${major}/bin/node`, import.meta.url));

/** The runtime that runs these tests, and those of the matrix; all that the collector supports. */
const runtimes = [
  { name: process.version, binary: process.execPath },
  ...[22, 24].map((major) => ({ name: `v${major}`, binary: folderOf(major) })),
];

describe.each(runtimes)('the bundle on Node $name', ({ name, binary }) => {
  if (!existsSync(binary)) {
    const here = `${process.platform}-${process.arch}`;
    if (here === 'linux-x64') {
      throw new Error(`Node ${name} is missing: npm ci --ignore-scripts --prefix test/matrix`);
    }
    console.warn(`skipped: there is no Node ${name} for ${here}`);
    it.skip(`there is no Node ${name} for ${here}`);
    return;
  }
  const server = withPostgres();
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pganalytics-node-'));
    await server().sql(`CREATE EXTENSION pg_stat_statements; ${roles}`);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is the runtime that it is called', async () => {
    const { stdout } = await run(binary, ['--version']);
    expect(stdout.trim().startsWith(name)).toBe(true);
  });

  it('tells its version', async () => {
    const { stdout, stderr } = await run(binary, [inject('bundle'), '--version']);
    expect([stdout, stderr]).toStrictEqual([`${version}\n`, '']);
  });

  it('reads every source once and prints the payload', async () => {
    const config = join(folder, 'collector.toml');
    await writeFile(
      config,
      `[collector]
state_dir = "${folder}/state"
[pg_log]
directory = "${server().dataDirectory}"
[[postgres]]
name = "main"
host = "127.0.0.1"
port = ${server().port}
user = "watcher"
`,
    );
    const args = [inject('bundle'), '--once', '--dry-run', '--config', config];
    // A log without a message is no reason to wait.
    const { stdout, stderr } = await run(binary, args, {
      maxBuffer: 64 * 1024 * 1024,
      timeout: 25_000,
    });
    const payload = JSON.parse(stdout) as { metrics: readonly { type: string }[] };
    const types = new Set(payload.metrics.map(({ type }) => type));
    expect([...types]).toEqual(
      expect.arrayContaining([
        'pg_health',
        'pg_stats',
        'pg_global',
        'pg_query_stats',
        'host_inventory',
        'sysstat',
        'disk_usage',
        'agent',
      ]),
    );
    // No deprecations either.
    expect(stderr).not.toMatch(/Warning|error/);
  });
});
