import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type MockBackend, startBackend } from '../../dev/backend/startBackend.ts';
import { readRecording } from '../../src/recording/readRecording.ts';
import {
  type AgentProcess,
  allOutput,
  newFolder,
  runAgent,
  startAgent,
} from '../support/agentProcess.ts';
import { type Installation, install } from '../support/installation.ts';
import { withPostgres } from '../support/postgres.ts';

/*
 * Recorders that attach to an agent that watches a real server.
 */

const postgres = withPostgres({ settings: { log_min_duration_statement: 0 } });
let backend: MockBackend;
let installed: Installation;
let agent: AgentProcess;
let folder: string;
beforeAll(async () => {
  backend = await startBackend();
  folder = await newFolder();
  installed = await install({
    backend,
    postgres: postgres(),
    // Nothing is slowed down: a replay asks as often as is configured.
    server: 'name = "main"\npassword = "correct horse battery"\nbudget = 100',
    sections: ['pg_health', 'pg_stats', 'sysstat', 'agent']
      .map((type) => `[${type}]\ninterval = 1\n`)
      .join(''),
  });
});
afterAll(() => backend.stop());

/** The agent runs, and has read everything once. */
async function started(): Promise<void> {
  agent = startAgent({ args: ['run', '--config', installed.config] });
  const from = backend.received.totals.metrics;
  await vi.waitFor(() => expect(backend.received.totals.metrics).toBeGreaterThan(from + 8), {
    timeout: 60_000,
  });
}
const record = (name: string, ...args: readonly string[]): AgentProcess =>
  startAgent({ args: ['--record', join(folder, name), ...args, '--config', installed.config] });
/** More came than what was known when the recorder attached. */
const grows = async (name: string): Promise<void> => {
  await vi.waitFor(
    async () => {
      const text = await readFile(join(folder, name), 'utf8').catch(() => '');
      expect(readRecording(text, name).records.some(({ t }) => t > 500)).toBe(true);
    },
    { timeout: 60_000, interval: 50 },
  );
};
const replayed = (name: string) =>
  runAgent('replay', join(folder, name), '--instant', '--tap', '--format', 'ndjson');
/** Whether a recording can be replayed; else what it said. */
const replays = async (name: string): Promise<string> => {
  const { code, stderr } = await replayed(name);
  return code === 0 ? 'well' : `${code}: ${stderr}`;
};

describe('--record, attached', { timeout: 90_000 }, () => {
  it('records from what is known on, so that a replay tells what the agent told', async () => {
    await started();
    const recorder = record('a.ndjson');
    await vi.waitFor(
      async () => {
        const { records } = readRecording(await readFile(join(folder, 'a.ndjson'), 'utf8'), 'a');
        const read = (stream: string): number =>
          records.filter(({ stream: one, kind }) => one === stream && kind === 'N').length;
        const reads = ['postgres/main/pg_health/answer', 'postgres/main/pg_stats/databases'];
        for (const stream of [...reads, 'host/process']) expect(read(stream)).toBeGreaterThan(7);
      },
      { timeout: 60_000, interval: 100 },
    );
    recorder.signal('SIGTERM');
    expect(await recorder.ended).toBe(0);
    expect(recorder.stderr()).toContain('attached to the agent');
    const text = await readFile(join(folder, 'a.ndjson'), 'utf8');
    expect((await stat(join(folder, 'a.ndjson'))).mode & 0o777).toBe(0o600);
    const { header, records } = readRecording(text, 'a');
    expect(header).toMatchObject({ recording: 1, attached: true, maxBytes: 67_108_864 });
    expect(records.filter(({ t }) => t === 0).map(({ stream }) => stream)).toEqual(
      expect.arrayContaining([
        'config',
        'identity',
        'host/platform',
        'postgres/main/facts/catalog',
      ]),
    );
    const first = await replayed('a.ndjson');
    expect(first.code).toBe(0);
    const told = (type: string): number => first.stdout.split(`"type":"${type}"`).length - 1;
    for (const type of ['pg_health', 'pg_stats', 'agent']) expect(told(type)).toBeGreaterThan(1);
    // The last one may have been asked for when the answer was not there yet.
    expect(first.stderr).not.toMatch(/pg_(stats|health): the recording.*request [123]:/);
    expect((await replayed('a.ndjson')).stdout).toBe(first.stdout);
  });

  it('holds nothing secret', async () => {
    const text = await readFile(join(folder, 'a.ndjson'), 'utf8');
    const identity = await readFile(join(installed.stateDir, 'identity.json'), 'utf8');
    const { token } = JSON.parse(identity) as { token: string };
    for (const secret of [
      'battery',
      token.split('.')[2] ?? '',
      backend.registrationSecret,
      folder,
    ]) {
      expect(text).not.toContain(secret);
    }
    expect(text).not.toContain('PRIVATE KEY');
    expect(allOutput()).not.toContain('battery');
  });

  it('compresses by name, replaces no file, and ends at its bound', async () => {
    await started();
    expect(await record('b.ndjson.gz', '--max-bytes', '40kB').ended).toBe(0);
    const text = gunzipSync(await readFile(join(folder, 'b.ndjson.gz'))).toString();
    expect(text.length).toBeLessThan(40_000);
    expect(readRecording(text, 'b').truncated).toBe(true);
    const again = record('b.ndjson.gz');
    expect([await again.ended, again.stderr()]).toEqual([1, expect.stringContaining('exists')]);
  });

  it('records for a time', async () => {
    await started();
    const recorder = record('h.ndjson', '--for', '1s');
    expect(await recorder.ended).toBe(0);
    expect(await replays('h.ndjson')).toBe('well');
  });

  it('says where no agent runs how to start one', async () => {
    const recorder = record('c.ndjson');
    expect(await recorder.ended).toBe(1);
    expect(recorder.stderr()).toContain(`run --record ${join(folder, 'c.ndjson')}`);
    await expect(stat(join(folder, 'c.ndjson'))).rejects.toThrow('ENOENT');
  });
});

describe('a recorder', { timeout: 120_000 }, () => {
  it('that is stopped or killed changes nothing for the agent, and leaves a file that can be read', async () => {
    await started();
    const [stopped, killed] = [record('d.ndjson'), record('e.ndjson')];
    await Promise.all([grows('d.ndjson'), grows('e.ndjson')]);
    stopped.signal('SIGSTOP');
    killed.signal('SIGKILL');
    const before = backend.received.totals.metrics;
    await vi.waitFor(() => expect(backend.received.totals.metrics).toBeGreaterThan(before + 15), {
      timeout: 60_000,
    });
    stopped.signal('SIGCONT');
    stopped.signal('SIGTERM');
    expect(await stopped.ended).toBe(0);
    for (const name of ['d.ndjson', 'e.ndjson']) {
      expect(await replays(name)).toBe('well');
    }
    agent.signal('SIGTERM');
    expect(await agent.ended).toBe(0);
    expect(agent.stderr()).not.toContain('error');
  });

  it('ends well with its agent, and says so where that is killed', async () => {
    await started();
    const ending = record('f.ndjson');
    await grows('f.ndjson');
    agent.signal('SIGTERM');
    expect([await ending.ended, ending.stderr()]).toEqual([
      0,
      expect.stringContaining('the agent has ended'),
    ]);
    await started();
    const left = record('g.ndjson');
    await grows('g.ndjson');
    agent.signal('SIGKILL');
    expect([await left.ended, left.stderr()]).toEqual([
      1,
      expect.stringContaining('the agent is gone'),
    ]);
    expect(await replays('g.ndjson')).toBe('well');
  });
});

describe('--tap with nothing but a connection', () => {
  const protectedServer = withPostgres({
    hba: 'local all postgres trust\nhost all all 127.0.0.1/32 scram-sha-256\n',
  });
  const env = { PGPASSWORD: 'correct horse battery', HOME: '/nonexistent' };
  const health = async (
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): Promise<object> => {
    const watching = startAgent({
      args: ['--tap', ...args, 'pg_health', '-n', '1'],
      env: environment,
    });
    expect(await watching.ended).toBe(0);
    expect(watching.stderr()).toContain('reads by itself');
    return JSON.parse(watching.stdout()) as object;
  };
  beforeAll(async () => {
    await protectedServer().sql(`CREATE ROLE app LOGIN PASSWORD 'correct horse battery'`);
  });

  it('reads an address, with the password of the environment or of ~/.pgpass', async () => {
    const { port } = protectedServer();
    const address = `postgres://app@127.0.0.1:${port}/postgres`;
    expect(await health([address], env)).toMatchObject({ up: 1, server: 'main' });
    await writeFile(join(folder, '.pgpass'), `*:${port}:*:app:correct horse battery\n`, {
      mode: 0o600,
    });
    expect(await health([address], { HOME: folder })).toMatchObject({ up: 1 });
    expect(await health([address], { HOME: '/nonexistent' })).toMatchObject({
      up: 0,
      reason: 'auth',
    });
  });

  it('reads a socket', async () => {
    const { port, socketDirectory } = protectedServer();
    const address = `postgres:///postgres?host=${encodeURIComponent(socketDirectory)}&port=${port}&user=postgres`;
    expect(await health([address], { HOME: '/nonexistent' })).toMatchObject({ up: 1 });
  });

  it('refuses a password in the address without repeating it, and names the alternatives', async () => {
    const { code, stderr } = await runAgent('--tap', 'postgres://app:hunter2@127.0.0.1/postgres');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/ps\).*PGPASSWORD.*\.pgpass/)]);
    expect(stderr).not.toContain('hunter2');
  });
});
