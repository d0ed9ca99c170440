import { appendFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MockBackend, startBackend } from '../../dev/backend/startBackend.ts';
import { type AgentProcess, newFolder, startAgent } from '../support/agentProcess.ts';
import { type Installation, install } from '../support/installation.ts';
import { needs } from '../support/needs.ts';
import { type Tmpfs, mayMount, mountTmpfs } from '../support/tmpfs.ts';

const often = '[sysstat]\ninterval = 1\n[agent]\ninterval = 1\n[spool]\nmin_free = 0\n';

let backend: MockBackend;
beforeAll(async () => {
  backend = await startBackend();
});
afterAll(() => backend.stop());

async function installedIn(stateDir: string): Promise<Installation> {
  const installed = await install({ backend });
  const text = installed.text(often).replace(installed.stateDir, stateDir);
  await writeFile(installed.config, text, { mode: 0o600 });
  return installed;
}
const pushed = async (more: number): Promise<void> => {
  const { pushes } = backend.received.totals;
  await backend.received.waitFor(({ totals }) => totals.pushes >= pushes + more, 60_000);
};
const fill = (path: string): Promise<void> =>
  appendFile(path, Buffer.alloc(4_194_304)).catch(() => undefined);
/** Fills a disk again and again, with what is removed meanwhile too; `end` leaves it full. */
function filler(path: string): { readonly end: () => Promise<void> } {
  const asked = new AbortController();
  const filled = (async (): Promise<void> => {
    while (!asked.signal.aborted) {
      await fill(path);
      await elapsed(10);
    }
  })();
  return {
    end: () => {
      asked.abort();
      return filled;
    },
  };
}
const elapsed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** In this time it tries to write some four times. */
const SEVERAL_TRIES_MS = 1_500;
const said = (agent: AgentProcess, text: RegExp): number =>
  agent
    .stderr()
    .split('\n')
    .filter((line) => text.test(line)).length;

describe.runIf(needs('the right to mount a tmpfs', await mayMount()))(
  'the disk of the state',
  () => {
    let disk: Tmpfs;
    let agent: AgentProcess;
    beforeEach(async () => {
      disk = await mountTmpfs(2_097_152);
      const { config } = await installedIn(disk.path);
      agent = startAgent({ args: ['--config', config] });
      await pushed(1);
    });
    afterEach(async () => {
      agent.signal('SIGKILL');
      await agent.ended;
      await disk.unmount();
    });

    async function wasMended(): Promise<void> {
      await agent.says(/spool: works again after/, 60_000);
      await pushed(2);
      expect(await agent.stop()).toBe(0);
      // All that was read meanwhile is delivered, once.
      expect(agent.stderr()).toMatch(/collected (\d+), recovered 0, delivered \1,.* dropped 0/);
      expect(backend.received.duplicates()).toEqual([]);
      expect(await readdir(join(disk.path, 'spool'))).toEqual(
        expect.arrayContaining(['dead', 'damaged', 'suspect']),
      );
    }

    it('that is full: runs on, says so once, delivers all when there is room', async () => {
      const path = join(disk.path, 'filler');
      // As long as it can deliver, it lives on the room of what it delivered before.
      backend.faults.add('push', { kind: 'status', status: 503 }, { times: Infinity });
      const filling = filler(path);
      await agent.says(/spool: .*ENOSPC/, 60_000).finally(() => filling.end());
      await elapsed(SEVERAL_TRIES_MS);
      expect(said(agent, /ENOSPC/)).toBe(1);
      backend.faults.clear();
      await rm(path);
      await wasMended();
    }, 150_000);

    it('that is read-only: runs on, says so once, delivers all when it can be written', async () => {
      await disk.readOnly(true);
      await agent.says(/spool: .*EROFS/, 30_000);
      await elapsed(SEVERAL_TRIES_MS);
      expect(said(agent, /EROFS/)).toBe(1);
      await disk.readOnly(false);
      await wasMended();
    }, 150_000);

    it('that is full or read-only at the start: ends with 1 and says what to do', async () => {
      expect(await agent.stop()).toBe(0);
      const { config } = await installedIn(disk.path);
      await disk.readOnly(true);
      const registered = backend.received.to('register').length;
      const refused = startAgent({ args: ['--config', config] });
      expect(await refused.ended).toBe(1);
      expect(refused.stderr()).toMatch(/state_dir .*EROFS.*read-only/);
      await disk.readOnly(false);
      await fill(join(disk.path, 'filler'));
      const full = startAgent({ args: ['--config', config] });
      expect(await full.ended).toBe(1);
      // The backend was not asked for an identity that could not be kept.
      expect(backend.received.to('register')).toHaveLength(registered);
      expect(full.stderr()).toMatch(/state_dir .*ENOSPC.*make room/);
    }, 60_000);
  },
);

describe('a state directory that cannot be one', () => {
  it.each([
    ['a file', 'file', /ENOTDIR|EEXIST/],
    ['below a file', 'file/state', /ENOTDIR/],
    ['in /proc', '/proc/pganalytics', /ENOENT|EACCES|EPERM/],
  ])('ends with 1 and one clear line where it is %s', async (_, name, why) => {
    const folder = await newFolder();
    await writeFile(join(folder, 'file'), '');
    const stateDir = name.startsWith('/') ? name : join(folder, name);
    const { config } = await installedIn(stateDir);
    const agent = startAgent({ args: ['--config', config] });
    expect(await agent.ended).toBe(1);
    expect(said(agent, why)).toBe(1);
    expect(agent.stderr()).toMatch(/error.*\[collector\] state_dir/);
  });
});
