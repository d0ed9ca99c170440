import { execFileSync } from 'node:child_process';
import { access, mkdir, open } from 'node:fs/promises';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type MockBackend, startBackend } from '../../dev/backend/startBackend.ts';
import { type AgentProcess, startAgent } from '../support/agentProcess.ts';
import { install } from '../support/installation.ts';

let backend: MockBackend;
beforeAll(async () => {
  backend = await startBackend();
});
afterAll(() => backend.stop());

/** An agent whose spool does not answer: a FIFO that nobody writes to holds a thread, as a file on a dead mount does. */
async function hung(): Promise<{ readonly agent: AgentProcess; readonly fifo: string }> {
  const { config, stateDir } = await install({ backend });
  const spool = join(stateDir, 'spool');
  const fifo = join(spool, '000000000001.payload');
  await mkdir(spool, { mode: 0o700 });
  execFileSync('mkfifo', [fifo]);
  const agent = startAgent({ args: ['--config', config] });
  // Made right before the payloads are looked at.
  await vi.waitFor(() => access(join(spool, 'damaged')), { timeout: 60_000, interval: 20 });
  return { agent, fifo };
}

it(
  'a hung state directory: SIGTERM ends, a second signal at once',
  { timeout: 90_000 },
  async () => {
    const [patient, impatient] = await Promise.all([hung(), hung()]);
    const asked = performance.now();
    try {
      impatient.agent.signal('SIGTERM');
      impatient.agent.signal('SIGINT');
      const first = patient.agent.stop();
      expect(['SIGKILL', 130, 143]).toContain(await impatient.agent.ended);
      expect(performance.now() - asked).toBeLessThan(16_000);
      // Its thread is held for good: the process cannot end by itself.
      expect(await first).toBe('SIGKILL');
      expect(performance.now() - asked).toBeGreaterThan(16_000);
      expect(patient.agent.stderr()).toMatch(/has not ended 17 s after being asked to/);
    } finally {
      for (const { agent, fifo } of [patient, impatient]) {
        agent.signal('SIGKILL');
        const writer = await open(fifo, constants.O_RDWR | constants.O_NONBLOCK);
        await writer.close();
      }
    }
  },
);
