import { execFileSync } from 'node:child_process';
import { open, writeFile } from 'node:fs/promises';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type MockBackend, startBackend } from '../../dev/backend/startBackend.ts';
import { startAgent } from '../support/agentProcess.ts';
import { install } from '../support/installation.ts';

let backend: MockBackend;
beforeAll(async () => {
  backend = await startBackend();
});
afterAll(() => backend.stop());

const mounts = ['a', 'b', 'c', 'd'].map((name) => `/hung/${name}`);

it('four hung mounts: pushes go on, SIGTERM ends', async () => {
  const installed = await install({ backend, sections: '[disk_usage]\ninterval = 1\n' });
  const at = (name: string): string => join(installed.folder, name);
  // A FIFO that nobody writes to: opening it holds a thread of the pool, as a call on a dead mount does.
  execFileSync('mkfifo', [at('fifo')]);
  const mountinfo = mounts.map(
    (mount, n) => `${n + 2} 1 8:${n} / ${mount} rw - ext4 /dev/sd${n} rw\n`,
  );
  await writeFile(at('mountinfo'), mountinfo.join(''));
  const kernel = `
    const fs = require('node:fs');
    const { statfs, openSync } = fs;
    fs.statfs = (path, options, done) =>
      path.startsWith('/hung') ? fs.open(${JSON.stringify(at('fifo'))}, 'r', done) : statfs(path, options, done);
    fs.openSync = (path, ...rest) =>
      openSync(path === '/proc/self/mountinfo' ? ${JSON.stringify(at('mountinfo'))} : path, ...rest);
  `;
  await writeFile(at('kernel.cjs'), kernel);
  const agent = startAgent({
    args: ['--config', installed.config],
    env: { NODE_OPTIONS: `--require=${at('kernel.cjs')}` },
  });
  try {
    await backend.received.waitFor(
      (received) =>
        received.metrics('disk_usage').some(({ missing }) => (missing as unknown[]).length === 4),
      60_000,
    );
    const { pushes } = backend.received.totals;
    await backend.received.waitFor(({ totals }) => totals.pushes >= pushes + 3, 60_000);
    const asked = performance.now();
    // Two threads are held: a process that only called exit would wait for them.
    expect(['SIGKILL', 0]).toContain(await agent.stop());
    expect(performance.now() - asked).toBeLessThan(16_000);
    expect(agent.stderr()).toMatch(/collected (\d+), recovered 0, delivered \1,/);
  } finally {
    agent.signal('SIGKILL');
    const writer = await open(at('fifo'), constants.O_RDWR | constants.O_NONBLOCK);
    await writer.close();
  }
});
