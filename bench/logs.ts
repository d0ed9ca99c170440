import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { bundle, environment, started } from './bundle.ts';
import { prefix, realLog } from './logs/realLog.ts';
import type { Result } from './result.ts';

const run = promisify(execFile);
const megabyte = 1_000_000;

/** The least that reading must do: MB of log for each second of CPU. */
const targets = { WARNING: 200, DEBUG: 60 } as const;
/** How many times as fast as pgbadger it must be where every message is sent. */
const badgerTarget = 25;
const forms = [
  ['stderr', 'log'],
  ['csvlog', 'csv'],
  ['jsonlog', 'json'],
] as const;

/**
 * Reads the same messages in each form: with the least level WARNING and exact counts of the rest, and with every
 * message parsed, joined, classified and redacted; in turn with `wc -l`, and with pgbadger where there is one. Node is
 * started as the shebang of the bundle does.
 *
 * @param bytes - How long each file is made, by repeating what a real server wrote.
 */
export async function benchLogs(bytes = 200 * megabyte): Promise<Result[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-logs-'));
  try {
    await realLog(folder, 20 * megabyte);
    const { env, options } = started(await bundle(folder));
    const reader = join(folder, 'readLog.mjs');
    await build({
      entryPoints: [fileURLToPath(new URL('logs/readLog.ts', import.meta.url))],
      ...{ bundle: true, platform: 'node', format: 'esm', outfile: reader, logLevel: 'error' },
    });
    const results: Result[] = [];
    for (const [format, ending] of forms) {
      const path = join(folder, `real.${ending}`);
      const once = await readFile(path);
      while ((await stat(path)).size + once.length <= bytes) await appendFile(path, once);
      const megabytes = (await stat(path)).size / megabyte;
      const wc = megabytes / (await cpuOf('wc', ['-l', path]));
      const badger = await pgbadger(folder, path, format, once.length);
      for (const level of ['WARNING', 'DEBUG'] as const) {
        const { stdout } = await run(
          process.execPath,
          [...options, reader, path, format, level, prefix],
          { env },
        );
        const { ms, messages, entries, maxRss } = JSON.parse(stdout) as Record<string, number>;
        const speed = (megabytes * 1000) / (ms ?? NaN);
        const what = `${format}, ${level === 'DEBUG' ? 'every message' : 'WARNING and exact counts'}`;
        results.push({
          what,
          measured: `${speed.toFixed(0)} MB/s of CPU; wc -l ${wc.toFixed(0)}; ${((maxRss ?? NaN) / megabyte).toFixed(0)} MB resident`,
          target: `at least ${targets[level]} MB/s`,
          met: speed >= targets[level],
          how: `${megabytes.toFixed(0)} MB, ${messages} messages, ${entries} of them sent`,
        });
        if (badger === undefined) continue;
        const times = speed / badger;
        const least = level === 'DEBUG' ? badgerTarget : 0;
        results.push({
          what: `${what}, against pgbadger`,
          measured: `${times.toFixed(1)} × its ${badger.toFixed(1)} MB/s`,
          target: least > 0 ? `at least ${least} ×` : 'none',
          met: times >= least,
          how: 'pgbadger -j 1 on the file before it was repeated',
        });
      }
      if (badger === undefined) process.stdout.write('  skipped: pgbadger is not installed\n');
      await rm(path);
    }
    return results;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Seconds of CPU that a program takes. */
async function cpuOf(program: string, args: readonly string[]): Promise<number> {
  const { stderr } = await run(
    'bash',
    ['-c', 'TIMEFORMAT="%U %S"; time "$@" > /dev/null', '-', program, ...args],
    {
      env: { ...environment, LC_ALL: 'C' },
    },
  );
  const [user, system] = stderr.trim().split('\n').at(-1)?.split(' ').map(Number) ?? [];
  return (user ?? NaN) + (system ?? NaN);
}

/** MB/s of pgbadger on the beginning of the file, as it takes long; undefined where it is not installed. */
async function pgbadger(
  folder: string,
  path: string,
  format: 'stderr' | 'csvlog' | 'jsonlog',
  length: number,
): Promise<number | undefined> {
  const part = join(folder, 'part.log');
  await run('bash', ['-c', 'head -c "$1" "$2" > "$3"', '-', String(length), path, part]);
  const form = format === 'csvlog' ? 'csv' : format;
  const options = format === 'stderr' ? ['-p', prefix] : [];
  try {
    await run('pgbadger', ['--version']);
  } catch {
    return undefined;
  }
  const report = ['-o', join(folder, 'report.html')];
  const args = ['-q', '-j', '1', '-f', form, ...options, ...report, part];
  return length / megabyte / (await cpuOf('pgbadger', args));
}
