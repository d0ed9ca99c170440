import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AgentProcess, startAgent } from './support/agentProcess.ts';

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

/** The agent on a server that lets nobody in; resolves when it has dialled. */
async function start(...args: string[]): Promise<AgentProcess> {
  const dialled = once(silent, 'connection');
  const agent = startAgent({ args: [...args, '--config', config] });
  await Promise.race([
    dialled,
    agent.ended.then(() => expect.fail(`it ended before it dialled: ${agent.stderr()}`)),
  ]);
  return agent;
}

describe('a signal', () => {
  it('ends a check at once: there is nothing to drain', async () => {
    const agent = await start('check');
    agent.signal('SIGINT');
    expect(await agent.ended).toBe(130);
  });

  it('aborts a run that drains where it is the second, of whatever kind', async () => {
    const agent = await start('run');
    agent.signal('SIGTERM');
    agent.signal('SIGINT');
    expect([130, 143]).toContain(await agent.ended);
  });
});
