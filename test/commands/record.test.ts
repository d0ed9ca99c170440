import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NEVER, firstValueFrom } from 'rxjs';
import { afterEach, expect, it, vi } from 'vitest';
import { record } from '../../src/commands/record.ts';
import type { World } from '../../src/commands/world.ts';
import { FileError } from '../../src/errors.ts';
import { tapListening } from '../support/tapListening.ts';

const { folder, listening, isThere } = tapListening();
afterEach(() => void vi.useRealTimers());

const world: World = {
  stop$: NEVER,
  reload$: NEVER,
  log: { write: () => undefined, configure: () => undefined },
  output: {
    write: () => undefined,
    print: () => undefined,
    skipped: () => undefined,
    width: () => 100,
    isTerminal: false,
  },
  environment: {},
};

it.each([null, 5_000])(
  'ends with an error where the agent takes the request and does not answer for 30 s; forMs %s',
  async (forMs) => {
    const config = join(folder(), 'collector.toml');
    await writeFile(config, `[collector]\nstate_dir = "${folder()}/state"\n`, { mode: 0o600 });
    const asked = new Promise<string>((resolve) => {
      listening((request) => {
        resolve(request);
        return NEVER;
      });
    });
    await isThere();
    // The clock of streams; the socket is real.
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    let ended = false;
    const choice = { file: join(folder(), 'a.ndjson'), maxBytes: 1_000_000 };
    const outcome = firstValueFrom(record({ is: 'record', config, record: choice, forMs }, world))
      .catch((error: unknown) => error)
      .finally(() => (ended = true));
    expect(await asked).toContain('record');
    vi.advanceTimersByTime(29_999);
    await new Promise(setImmediate);
    expect(ended).toBe(false);
    vi.advanceTimersByTime(1);
    const error = await outcome;
    expect(error).toBeInstanceOf(FileError);
    expect(String(error)).toMatch(/tap\.sock has not answered for 30 s: look at its log/);
    expect(await readdir(folder())).not.toContain('a.ndjson');
  },
);
