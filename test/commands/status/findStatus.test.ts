import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NEVER, firstValueFrom, of } from 'rxjs';
import { afterEach, expect, it, vi } from 'vitest';
import { findStatus } from '../../../src/commands/status/findStatus.ts';
import type { StatusReport } from '../../../src/commands/status/statusReport.ts';
import { thisProcess } from '../../../src/io/lock/holder.ts';
import { localOf } from '../../support/configuration.ts';
import { tapListening } from '../../support/tapListening.ts';

const { folder, listening, isThere } = tapListening();
afterEach(() => void vi.useRealTimers());

const ports: Parameters<typeof findStatus>[1] = {
  identity: { load: () => of(null), save: () => of(undefined) },
  jwt: { sign: () => of(''), decode: () => ({}) },
};

it('says once, after 30 s, that the agent that runs does not answer, beside all else', async () => {
  const asked = new Promise<string>((resolve) => {
    listening((request) => {
      resolve(request);
      return NEVER;
    });
  });
  await isThere();
  const state = join(folder(), 'state');
  await writeFile(join(state, 'lock'), JSON.stringify(await thisProcess()));
  const { config } = await localOf(`[collector]\nstate_dir = "${state}"`);
  // The clock of streams; the socket is real.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const report: Promise<StatusReport> = firstValueFrom(findStatus(config, ports));
  expect(await asked).toContain('status');
  vi.advanceTimersByTime(30_000);
  expect(await report).toMatchObject({
    agent: { pid: process.pid },
    running: null,
    spool: { payloads: 0 },
    problems: [expect.stringContaining('has not answered for 30 s')],
  });
});
