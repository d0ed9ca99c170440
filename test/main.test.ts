import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
let silent: Server;
let config: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pganalytics-main-'));
  silent = createServer(() => undefined);
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  config = join(folder, 'collector.toml');
  await writeFile(
    config,
    `[collector]\nstate_dir = "${folder}/state"\n[backend]\nurl = "https://127.0.0.1:${port}"\n` +
      `[postgres]\nhost = "127.0.0.1"\nport = ${port}\n`,
  );
});
afterAll(async () => {
  silent.close();
  await rm(folder, { recursive: true });
});

/** The process on a server that lets nobody in; resolves when it has dialled. */
async function start(...args: string[]) {
  const dialled = once(silent, 'connection');
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'src/main.ts', ...args, '--config', config],
    { stdio: 'ignore' },
  );
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
  await Promise.race([dialled, ended.then(() => expect.fail('it ended before it dialled'))]);
  return { child, ended };
}

describe('a signal', () => {
  it('ends a check at once: there is nothing to drain', { timeout: 30_000 }, async () => {
    const { child, ended } = await start('check');
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
  });

  it(
    'aborts a run that drains where it is the second, of whatever kind',
    { timeout: 30_000 },
    async () => {
      const { child, ended } = await start('run');
      child.kill('SIGTERM');
      child.kill('SIGINT');
      const [code] = await ended;
      expect([130, 143]).toContain(code);
    },
  );
});
