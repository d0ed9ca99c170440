import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type MockBackend, startBackend } from '../../dev/backend/startBackend.ts';
import { thisProcess } from '../../src/io/lock/holder.ts';
import { runAgent } from '../support/agentProcess.ts';
import { type Installation, install } from '../support/installation.ts';

/*
 * Recordings of test/recordings, delivered to a real backend.
 */

const recording = (name: string): string =>
  fileURLToPath(new URL(`../recordings/${name}.ndjson`, import.meta.url));

let backend: MockBackend;
beforeAll(async () => {
  backend = await startBackend();
});
afterAll(() => backend.stop());

const replay = (name: string, { config }: Installation) =>
  runAgent('replay', recording(name), '--speed', '20x', '--deliver', '--config', config);

describe('replay --deliver', () => {
  it('registers and delivers what was recorded, with the times of then, each metric once', async () => {
    const { code, stderr } = await replay('statistics-reset', await install({ backend }));
    expect([code, stderr]).toEqual([0, expect.stringContaining('registered as collector')]);
    const collected = Number(/collected (\d+)/.exec(stderr)?.[1]);
    expect(collected).toBeGreaterThan(10);
    const pushed = backend.received.pushes.filter(({ hostname }) => hostname === 'db1');
    const metrics = pushed.flatMap((push) => push.metrics);
    expect(metrics).toHaveLength(collected);
    expect(new Set(metrics.map(({ timestamp }) => timestamp.slice(0, 13))).size).toBe(1);
    expect(metrics[0]?.timestamp).not.toContain(new Date().toISOString().slice(0, 13));
  });

  it('signs tokens that are valid now, and calls the host as its own configuration does', async () => {
    const open = await startBackend({ clientCertificates: 'ignored' });
    onTestFinished(() => open.stop());
    const installed = await install({
      backend: open,
      collector: 'id = "c9"\nhostname = "lab"',
    });
    const secret = join(installed.folder, 'shared.secret');
    await writeFile(secret, open.sharedSecret, { mode: 0o600 });
    const text = installed
      .text()
      .replace(/registration_secret_file.*/, `mode = "shared_secret"\nsecret_file = "${secret}"`);
    await writeFile(installed.config, text, { mode: 0o600 });
    const { code, stderr } = await replay('backend-503', installed);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('HTTP 4')]);
    const pushed = open.received.pushes.filter(({ hostname }) => hostname === 'lab');
    expect(pushed.flatMap((push) => push.metrics).length).toBeGreaterThan(10);
    expect(pushed[0]?.collectorId).toBe('c9');
  });

  it('fails where the backend does not take it', async () => {
    const installed = await install({ backend });
    const text = installed.text().replace(backend.url, 'https://127.0.0.1:9');
    await writeFile(installed.config, text, { mode: 0o600 });
    const { code, stderr } = await replay('backend-503', installed);
    expect([code, stderr]).toEqual([1, expect.stringContaining('ECONNREFUSED')]);
  });

  it('refuses the state directory of a collector that runs', async () => {
    const installed = await install({ backend });
    await mkdir(installed.stateDir, { recursive: true });
    await writeFile(join(installed.stateDir, 'lock'), JSON.stringify(await thisProcess()));
    const { code, stderr } = await replay('backend-503', installed);
    expect(code).toBe(1);
    expect(stderr).toContain(`in use by the collector of process ${process.pid}`);
  });

  it.each(['--instant', '--dry-run'])('does not go with %s', async (flag) => {
    const { code } = await runAgent('replay', recording('backend-503'), '--deliver', flag);
    expect(code).toBe(2);
  });
});
