import { describe, expect, it } from 'vitest';
import { fileQueue } from '../../../src/io/logs/fileQueue.ts';
import type { LogFile, LogFolder, OpenLog } from '../../../src/io/logs/logFolder.ts';

const fileOf = (n: number): LogFile => ({
  ...{ name: `${n}.log`, identity: `i-${n}`, size: 0, modifiedMs: n, bornMs: n },
});
const openOf = (file: LogFile): OpenLog => ({
  file,
  readv: () => Promise.resolve({ bytesRead: 0 }),
  look: () => Promise.resolve(file),
  close: () => Promise.resolve(),
});
/** A directory in memory; tells how often its files were looked at. */
const folderOf = (count: number) => {
  const files = Array.from({ length: count }, (_, n) => fileOf(n));
  const seen = { lists: 0, changed: false };
  const folder: LogFolder = {
    list: () => {
      seen.lists++;
      seen.changed = false;
      return Promise.resolve([...files]);
    },
    changed: () => Promise.resolve(seen.changed),
    open: (file) => Promise.resolve(openOf(file)),
    restMs: 0,
  };
  return { folder, files, seen };
};

describe('the queue of files', () => {
  const place = { directory: '/log', suffix: '.log', startAt: 'end' } as const;
  const begun = async (count: number) => {
    const { folder, files, seen } = folderOf(count);
    const queue = fileQueue(folder, place);
    const turn = await queue.first(undefined);
    const state = { fileId: 'i-0-', read: 0, modifiedMs: 0, anchor: null };
    const next = (sure = false) => queue.next(turn!.log, state, sure);
    await next();
    seen.lists = 0;
    return { files, seen, next };
  };

  it('looks at many files only when one has come or gone, and now and then', async () => {
    const { files, seen, next } = await begun(60);
    for (let i = 0; i < 15; i++) expect(await next()).toBeUndefined();
    expect(seen.lists).toBe(0);
    await next();
    expect(seen.lists).toBe(1);
    files.push(fileOf(60));
    seen.changed = true;
    expect((await next())?.log.file.name).toBe('60.log');
    expect(seen.lists).toBe(2);
  });

  it('looks at them at once where it is to be sure, and always at few', async () => {
    const many = await begun(60);
    await many.next(true);
    expect(many.seen.lists).toBe(1);
    const few = await begun(50);
    await few.next();
    expect(few.seen.lists).toBe(1);
  });
});
