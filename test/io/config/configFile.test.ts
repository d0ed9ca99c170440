import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Subject, lastValueFrom } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FileError } from '../../../src/errors.ts';
import { configFile } from '../../../src/io/config/configFile.ts';
import type { ConfigText, ConfigUnreadable } from '../../../src/ports/configFile.ts';

let folder: string;
let path: string;
const stops: (() => void)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pganalytics-config-'));
  path = join(folder, 'collector.toml');
  await writeFile(path, 'a = 1\n');
});
afterEach(async () => {
  for (const stop of stops.splice(0)) stop();
  await rm(folder, { recursive: true, force: true });
});

/** Follows the file; `seen` are its readings. */
function follow(reload$ = new Subject<unknown>()) {
  const seen: (ConfigText | ConfigUnreadable)[] = [];
  const subscription = configFile.follow(path, reload$).subscribe((reading) => seen.push(reading));
  stops.push(() => subscription.unsubscribe());
  const texts = (): readonly string[] =>
    seen.map((reading) => ('text' in reading ? reading.text : `! ${reading.problem}`));
  return { seen, texts, subscription, reload$ };
}
const until = (check: () => void): Promise<void> =>
  vi.waitFor(check, { timeout: 10_000, interval: 20 });

describe('configFile', () => {
  it('reads a file and tells whether others can', async () => {
    await chmod(path, 0o640);
    expect(await lastValueFrom(configFile.read(path))).toEqual({
      name: path,
      text: 'a = 1\n',
      origin: 'start',
      exposed: false,
    });
    await chmod(path, 0o644);
    expect(await lastValueFrom(configFile.read(path))).toMatchObject({ exposed: true });
  });

  it.each([
    ['a missing file', () => unlink(path), 'it does not exist'],
    ['a folder', () => unlink(path).then(() => mkdir(path)), 'not a regular file'],
    ['a file that is no text', () => writeFile(path, Buffer.from([0xc3, 0x28])), 'not UTF-8'],
    ['a huge file', () => writeFile(path, Buffer.alloc(1_048_577)), 'larger than 1 MiB'],
    [
      'a FIFO, at once',
      () => unlink(path).then(() => void execFileSync('mkfifo', [path])),
      'not a regular file',
    ],
  ])('refuses %s', async (_, prepare, why) => {
    await prepare();
    const reading = lastValueFrom(configFile.read(path));
    await expect(reading).rejects.toThrow(FileError);
    await expect(reading).rejects.toThrow(why);
  });

  it('sees a file that is written in place', async () => {
    const { texts, seen } = follow();
    await until(() => expect(texts()).toEqual(['a = 1\n']));
    await writeFile(path, 'a = 2\n');
    await until(() => expect(texts()).toEqual(['a = 1\n', 'a = 2\n']));
    expect(seen.map(({ origin }) => origin)).toEqual(['start', 'file']);
  });

  it('sees a file that an editor renames into place, again and again', async () => {
    const { texts } = follow();
    await until(() => expect(texts()).toHaveLength(1));
    for (const n of [2, 3]) {
      await writeFile(`${path}.new`, `a = ${n}\n`);
      await rename(`${path}.new`, path);
      await until(() => expect(texts().at(-1)).toBe(`a = ${n}\n`));
    }
    expect(texts()).toEqual(['a = 1\n', 'a = 2\n', 'a = 3\n']);
  });

  it('sees a link that is turned to another file', async () => {
    await unlink(path);
    await mkdir(join(folder, 'v1'));
    await mkdir(join(folder, 'v2'));
    await writeFile(join(folder, 'v1', 'file'), 'v = 1\n');
    await writeFile(join(folder, 'v2', 'file'), 'v = 2\n');
    await symlink('v1', join(folder, 'current'));
    await symlink('current/file', path);
    const { texts } = follow();
    await until(() => expect(texts()).toEqual(['v = 1\n']));
    await symlink('v2', join(folder, 'next'));
    await rename(join(folder, 'next'), join(folder, 'current'));
    await until(() => expect(texts()).toEqual(['v = 1\n', 'v = 2\n']));
  });

  it('says nothing where the text stays the same, and reads again on request', async () => {
    const { seen, reload$ } = follow();
    await until(() => expect(seen).toHaveLength(1));
    await writeFile(path, 'a = 1\n');
    await writeFile(join(folder, 'neighbour'), '');
    reload$.next(undefined);
    await until(() => expect(seen).toHaveLength(2));
    expect(seen[1]).toMatchObject({ origin: 'signal', text: 'a = 1\n' });
    await writeFile(path, 'a = 2\n');
    await until(() => expect(seen).toHaveLength(3));
    expect(seen[2]).toMatchObject({ origin: 'file', text: 'a = 2\n' });
  });

  it('tells of a file that is gone, once, and goes on when it is back', async () => {
    const { texts } = follow();
    await until(() => expect(texts()).toHaveLength(1));
    await unlink(path);
    await until(() => expect(texts()[1]).toMatch(/^! cannot read .* it does not exist/));
    await writeFile(join(folder, 'neighbour'), '');
    await writeFile(path, 'a = 1\n');
    await until(() => expect(texts()[2]).toBe('a = 1\n'));
    expect(texts()).toHaveLength(3);
  });

  it('reads twice for a burst of a thousand requests: for the first and for the last', async () => {
    const { seen, reload$ } = follow();
    await until(() => expect(seen).toHaveLength(1));
    for (let n = 0; n < 1_000; n++) reload$.next(undefined);
    await until(() => expect(seen).toHaveLength(2));
    await writeFile(path, 'a = 9\n');
    await until(() => expect(seen.map(({ origin }) => origin).slice(2)).toContain('signal'));
    reload$.next(undefined);
    await until(() => expect(seen.filter(({ origin }) => origin === 'signal')).toHaveLength(3));
  });

  it('errors where the first reading fails', async () => {
    await unlink(path);
    await expect(lastValueFrom(configFile.follow(path, new Subject()))).rejects.toThrow(FileError);
  });

  it('lets go of everything when it is unsubscribed', async () => {
    const { seen, subscription, reload$ } = follow();
    await until(() => expect(seen).toHaveLength(1));
    subscription.unsubscribe();
    expect(reload$.observed).toBe(false);
    const watchers = process.getActiveResourcesInfo().filter((name) => name === 'FSEventWrap');
    expect(watchers).toEqual([]);
  });
});

describe('configFile in the course of time', () => {
  it('looks every 30 s where a folder gives no sign', async () => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'Date'],
    });
    try {
      // A link to a file elsewhere: its folder is not the one that is watched.
      const elsewhere = await mkdtemp(join(tmpdir(), 'pganalytics-config-'));
      stops.push(() => void rm(elsewhere, { recursive: true, force: true }));
      await writeFile(join(elsewhere, 'file'), 'v = 1\n');
      await unlink(path);
      await symlink(join(elsewhere, 'file'), path);
      const { texts } = follow();
      const settled = async (count: number): Promise<void> => {
        const end = performance.now() + 5_000;
        while (texts().length < count && performance.now() < end) {
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      await settled(1);
      await writeFile(join(elsewhere, 'file'), 'v = 2\n');
      await vi.advanceTimersByTimeAsync(29_000);
      expect(texts()).toEqual(['v = 1\n']);
      await vi.advanceTimersByTimeAsync(1_300);
      await settled(2);
      expect(texts()).toEqual(['v = 1\n', 'v = 2\n']);
    } finally {
      vi.useRealTimers();
    }
  });

  it('waits half a second for a file that is just being replaced', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'pganalytics-config-'));
    stops.push(() => void rm(elsewhere, { recursive: true, force: true }));
    const target = join(elsewhere, 'file');
    await writeFile(target, 'v = 1\n');
    await unlink(path);
    await symlink(target, path);
    vi.useFakeTimers({
      toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'Date'],
    });
    try {
      const spin = async (done: () => boolean): Promise<void> => {
        const end = performance.now() + 5_000;
        while (!done() && performance.now() < end) {
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      const { texts, reload$ } = follow();
      await spin(() => texts().length === 1);
      const idle = vi.getTimerCount();
      await unlink(target);
      reload$.next(undefined);
      await spin(() => vi.getTimerCount() > idle || texts().length > 1);
      await writeFile(target, 'v = 2\n');
      await vi.advanceTimersByTimeAsync(600);
      await spin(() => texts().length > 1);
      // The folder's look and the signal may both read it.
      expect([...new Set(texts())]).toEqual(['v = 1\n', 'v = 2\n']);
    } finally {
      vi.useRealTimers();
    }
  });
});
