import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const running = new Set<ChildProcess>();

let folder: string;
beforeAll(async () => {
  folder = await openFolder(join(tmpdir(), 'pganalytics-demos-'));
});
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A new folder that PostgreSQL's user can enter: root starts the server as somebody else. */
async function openFolder(prefix: string): Promise<string> {
  const made = await mkdtemp(prefix);
  await chmod(made, 0o755);
  return made;
}

/** Starts a demo whose temporary files lie in a folder of its own. */
async function demo(...args: string[]) {
  const own = await openFolder(join(folder, 'd-'));
  const child = spawn(process.execPath, ['--import', 'tsx', 'demo/main.ts', ...args], {
    cwd: root,
    env: { ...process.env, TMPDIR: own, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let output = '';
  const add = (chunk: Buffer): void => {
    output += String(chunk);
  };
  child.stdout.on('data', add);
  child.stderr.on('data', add);
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      running.delete(child);
      resolve(code);
    });
  });
  return { child, own, ended, output: () => output };
}

/** What is left of a demo: files in its folder, and processes that work there. */
async function leftovers(own: string): Promise<readonly string[]> {
  // tsx keeps what it compiled where temporary files are.
  const files = (await readdir(own)).filter((name) => !name.startsWith('tsx-'));
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const places = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')));
  return [...files, ...places.filter((place) => place.startsWith(own))];
}

describe('the demo', () => {
  it('two side by side end by themselves with nothing lost, and leave nothing behind', async () => {
    const demos = await Promise.all([demo('--for', '12s'), demo('--for', '12s', '--rate', '5')]);
    for (const { ended, output, own } of demos) {
      expect(await ended, output()).toBe(0);
      const lines = output().split('\n');
      expect(lines.find((line) => /^lost\s/.test(line))).toMatch(/^lost\s+0$/);
      expect(lines.find((line) => line.startsWith('breaking'))).toMatch(/\s0$/);
      expect(output()).toMatch(/configurations pulled\s+version 2/);
      for (const type of ['pg_stats', 'pg_query_stats', 'sysstat', 'pg_log', 'pg_health']) {
        expect(output()).toMatch(new RegExp(`^  ${type}\\s+[1-9]`, 'm'));
      }
      await expect.poll(() => leftovers(own), { timeout: 20_000 }).toEqual([]);
    }
  }, 120_000);

  it('ends clean within seconds at Ctrl-C', async () => {
    const { child, ended, output, own } = await demo();
    await vi.waitFor(() => expect(output()).toContain('registered as collector'), {
      timeout: 60_000,
      interval: 100,
    });
    const askedAt = Date.now();
    child.kill('SIGINT');
    expect(await ended, output()).toBe(0);
    expect(Date.now() - askedAt).toBeLessThan(30_000);
    expect(output()).toMatch(/^lost\s+0$/m);
    await expect.poll(() => leftovers(own), { timeout: 20_000 }).toEqual([]);
  }, 120_000);
});
