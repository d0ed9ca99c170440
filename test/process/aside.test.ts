import { chmod, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type MockBackend, startBackend } from '../../dev/backend/startBackend.ts';
import type { AsidePayload } from '../../src/io/spool/asideList.ts';
import type { StatusReport } from '../../src/commands/status/statusReport.ts';
import { type AgentProcess, runAgent, startAgent } from '../support/agentProcess.ts';
import { type Installation, install } from '../support/installation.ts';

const refusal = {
  kind: 'status',
  status: 422,
  body: { code: 422, message: 'too \u001b[31mold' },
} as const;

let backend: MockBackend;
let installed: Installation;
beforeAll(async () => {
  backend = await startBackend();
  installed = await install({
    backend,
    sections: '[sysstat]\ninterval = 1\n[agent]\ninterval = 1\n',
  });
});
afterAll(() => backend.stop());

const start = (): AgentProcess => startAgent({ args: ['--config', installed.config] });
const dead = (...words: string[]) => runAgent('dead', ...words, '--config', installed.config);
const listed = async (): Promise<readonly AsidePayload[]> => {
  const { stdout } = await dead('list', '--format', 'json');
  return (JSON.parse(stdout) as { payloads: AsidePayload[] }).payloads;
};
const status = async (): Promise<StatusReport> => {
  const { stdout } = await runAgent('status', '--format', 'json', '--config', installed.config);
  return JSON.parse(stdout) as StatusReport;
};
const keys = () => backend.received.pushes.map(({ request }) => request.idempotencyKey ?? '');
const taken = (id: string | null) =>
  backend.received.waitFor(() => id !== null && keys().includes(id), 60_000);

describe('dead', () => {
  it('says that nothing is set aside, and what it takes', async () => {
    expect(await dead('list')).toMatchObject({ code: 0, stdout: 'nothing is set aside\n' });
    expect(await dead('retry', '--all')).toMatchObject({
      code: 0,
      stdout: 'nothing is set aside\n',
    });
    expect((await dead('retry')).stderr).toContain('takes numbers of payloads or --all');
    expect(await dead('retry', '7')).toMatchObject({ code: 2 });
    expect((await runAgent('dead', '--help')).stdout).toContain('drop     remove it for good');
  });

  it('lists what the backend refused with its answer, and sends it again beside a running agent', async () => {
    const agent = start();
    await backend.received.waitFor(({ totals }) => totals.pushes > 0, 60_000);
    backend.faults.add('push', refusal, { times: 3 });
    await vi.waitFor(async () => expect(await listed()).toHaveLength(3), { timeout: 60_000 });
    const [first, second] = await listed();
    expect(first).toMatchObject({
      shelf: 'dead',
      reason: expect.stringContaining('HTTP 422: too') as string,
    });
    const table = (await dead('list')).stdout;
    expect(table).toMatch(/^NUMBER +FOLDER +SET ASIDE +METRICS +SIZE +REASON\n/);
    expect(table).not.toContain('\u001b');
    const retried = await dead('retry', first!.number);
    expect(retried.stdout).toMatch(
      /^1 payload with \d+ metrics wait again: the agent sends them now\n$/,
    );
    await taken(first!.id);
    const dropped = await dead('drop', second!.id!, '--format', 'json');
    expect(JSON.parse(dropped.stdout)).toEqual({ dropped: [second!.name], failed: [] });
    expect(await listed()).toHaveLength(1);
    expect(await agent.stop()).toBe(0);
    expect(keys()).not.toContain(second!.id);
    expect(backend.received.duplicates()).toEqual([]);
    // What waited again was recovered; the books of the run say so.
    expect(agent.stderr()).toMatch(/recovered [1-9]/);
  });

  it('works without an agent, and leaves no trace of having been there', async () => {
    const [one] = await listed();
    const retried = await dead('retry', '--all');
    expect(retried).toMatchObject({ code: 0 });
    expect(retried.stdout).toContain('they are sent when the agent runs');
    expect(await readdir(installed.stateDir)).not.toContain('lock');
    const again = start();
    await taken(one!.id);
    expect(await again.stop()).toBe(0);
    expect(again.stderr()).not.toContain('unclean_shutdown');
  });

  it('refuses beside an agent that takes no orders, says why, and never retries what is damaged', async () => {
    const folder = join(installed.stateDir, 'spool', 'damaged');
    await writeFile(join(folder, '000000000001.payload'), 'no header');
    const text = await readFile(installed.config, 'utf8');
    await writeFile(installed.config, `${text}[tap]\nenabled = false\n`);
    const deaf = start();
    await deaf.says('took effect');
    const refused = await dead('drop', '--all');
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toMatch(
      /in use by another collector: process \d+.*\[tap\] enabled = true/,
    );
    expect(await status()).toMatchObject({ agent: { pid: deaf.pid }, running: null });
    expect(await deaf.stop()).toBe(0);
    await writeFile(installed.config, text, { mode: 0o600 });
    expect((await dead('retry', '1')).stderr).toContain('damaged and cannot be delivered');
    expect((await dead('drop', '1')).stdout).toContain('1 payload with 0 metrics removed');
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('status', () => {
  it('tells of a running agent: delivery, spool, token, certificate, books and each source', async () => {
    const agent = start();
    const { pushes } = backend.received.totals;
    await backend.received.waitFor(({ totals }) => totals.pushes > pushes + 1);
    const { running, ...report } = await status();
    expect(report.problems).toEqual([]);
    expect(report.agent).toMatchObject({ pid: agent.pid });
    expect(Date.parse(report.identity!.token_expires_at!)).toBeGreaterThan(Date.now());
    expect(report.certificates.map(({ name }) => name)).toContain('the issued certificate');
    expect(report.spool).toMatchObject({ set_aside: { dead: 0, suspect: 0, damaged: 0 } });
    expect(report.spool.ledger!.delivered).toBeGreaterThan(0);
    expect(running).toMatchObject({ pid: agent.pid, last_error: null, failing: false });
    expect(Date.now() - Date.parse(running!.last_success_at!)).toBeLessThan(20_000);
    const { collected, recovered, buffered, spooled, delivered } = running!.books;
    expect(collected + recovered).toBe(buffered + spooled + delivered);
    const sysstat = running!.sources.find(({ unit }) => unit === 'sysstat');
    expect(sysstat).toMatchObject({ errors: 0, dropped: {}, last_error: null });
    expect(sysstat!.last_run_ms).toBeGreaterThanOrEqual(0);
    const { stdout, code } = await runAgent('status', '--config', installed.config);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^agent +process \d+, version .*, started .* ago$/m);
    expect(stdout).toMatch(/^identity +collector .*; its token ends in /m);
    expect(stdout).toMatch(/^spool +.*set aside: dead 0, suspect 0, damaged 0$/m);
    expect(stdout).toMatch(/^sysstat +.* ago +.*ms +\d+ +0 +\d+ +0$/m);
    expect(stdout).not.toMatch(/ey[JK]|PRIVATE/);
    expect(await agent.stop()).toBe(0);
  });

  it('tells the last error while the backend is away', async () => {
    await backend.down();
    const agent = start();
    await agent.says(/sink: /, 60_000);
    const { running } = await status();
    expect(running).toMatchObject({ failing: true, last_success_at: null });
    expect(running!.last_error!.unit).toMatch(/sink|tokens/);
    expect((await status()).spool.payloads).toBeGreaterThan(0);
    agent.signal('SIGKILL');
    await agent.ended;
    await backend.up();
  });

  it('without an agent: exit 1, and what the files tell', async () => {
    const { stdout, code } = await runAgent('status', '--config', installed.config);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^agent +does not run$/m);
    expect(stdout).toMatch(/^spool +[1-9]\d* payloads? wait/m);
  });

  it('says what it may not read, and tells the rest', async () => {
    await chmod(join(installed.stateDir, 'identity.json'), 0o644);
    const report = await status();
    expect(report.problems.join()).toContain('chmod 600');
    expect(report.identity).toBeNull();
    expect(report.spool.payloads).toBeGreaterThan(0);
  });
});

describe('cloned state directory', () => {
  it('makes the host a collector of its own, once, and says so', async () => {
    const path = join(installed.stateDir, 'identity.json');
    const before = JSON.parse(await readFile(path, 'utf8')) as { collectorId: string };
    await writeFile(path, JSON.stringify({ ...before, machine: 'another' }));
    await chmod(path, 0o600);
    expect((await status()).identity).toMatchObject({ collector_id: before.collectorId });
    const registered = backend.received.to('register').length;
    const agent = start();
    await agent.says(/made on another machine .* this host becomes a collector of its own/);
    await agent.says('registered as collector');
    const { pushes } = backend.received.totals;
    await backend.received.waitFor(({ totals }) => totals.pushes > pushes);
    expect(await agent.stop()).toBe(0);
    const { identity } = await status();
    expect(identity).toMatchObject({ former_ids: [before.collectorId] });
    expect(identity!.collector_id).not.toBe(before.collectorId);
    const again = start();
    await again.says('took effect');
    expect(await again.stop()).toBe(0);
    expect(again.stderr()).not.toContain('another machine');
    expect(backend.received.to('register')).toHaveLength(registered + 1);
  });
});
