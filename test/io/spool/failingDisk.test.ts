import { describe, expect, it } from 'vitest';
import type { SpoolNews } from '../../../src/ports/spool.ts';
import { diskError } from './fakeDisk.ts';
import { FOLDER, Runs } from './runs.ts';

/** Meets the first operation of a kind (on a path) with a fault, `times` times. */
function failing(
  runs: Runs,
  kind: string,
  code: string,
  { times = Infinity, path = '' }: { times?: number; path?: string } = {},
): void {
  let left = times;
  runs.disk.meets = (operation, where) =>
    operation === kind && where.includes(path) && left-- > 0 ? diskError(code) : null;
}

const troubles = (news: readonly SpoolNews[]): string[] =>
  news.flatMap((each) => (each.is === 'trouble' ? [each.message] : []));
const notices = (news: readonly SpoolNews[]): string[] =>
  news.flatMap((each) => (each.is === 'notice' ? [each.message] : []));

describe('durableSpool on a disk that fails', () => {
  it('kill between spool and commit doubles nothing', async () => {
    const runs = new Runs();
    await runs.start();
    let crashed = false;
    runs.disk.meets = (operation) => {
      if (operation !== 'syncFolder' || crashed) return null;
      crashed = true;
      return { crash: true, done: false };
    };
    await runs.append(3);
    expect(runs.spool).toBeNull();
    await runs.start();
    // The payload was renamed: its lines are there, and the source goes on behind them.
    expect(runs.next).toBe(3);
    await runs.append(2);
    await runs.drain();
    expect([...runs.counts().entries()]).toEqual([0, 1, 2, 3, 4].map((line) => [line, 1]));
  });

  it('fsync EIO rewrites: what failed to sync is never synced again', async () => {
    const runs = new Runs();
    await runs.start();
    failing(runs, 'sync', 'EIO', { times: 1 });
    await runs.append(2);
    expect(runs.appending).toBe(true);
    expect(troubles(runs.news)).toHaveLength(1);
    await runs.wake();
    expect(runs.appending).toBe(false);
    expect(runs.news.at(-1)).toEqual({ is: 'settled' });
    // The fake disk lies about a second sync of the same file: after a loss of power it would be garbage.
    runs.disk.losePower(0);
    runs.died();
    await runs.start();
    await runs.drain();
    expect([...runs.counts().keys()]).toEqual([0, 1]);
  });

  it('full disk: acknowledging still drains, and writing goes on when there is room', async () => {
    const runs = new Runs();
    await runs.start();
    for (const lines of [2, 2, 2]) await runs.append(lines);
    runs.disk.capacity = runs.disk.used();
    await runs.append(4);
    expect(runs.appending).toBe(true);
    await runs.send();
    await runs.send();
    await runs.send();
    expect(runs.counts().size).toBe(6);
    await runs.wake();
    expect(runs.appending).toBe(false);
    runs.disk.capacity = Infinity;
    await runs.drain();
    expect(runs.counts().size).toBe(10);
    expect(troubles(runs.news)[0]).toContain('ENOSPC');
  });

  it('runs on in a folder that became read-only, says so, and recovers', async () => {
    const runs = new Runs();
    await runs.start();
    await runs.append(1);
    runs.disk.meets = (operation) =>
      ['create', 'rename', 'remove'].includes(operation) ? diskError('EROFS') : null;
    await runs.send();
    await runs.append(1);
    expect(runs.offered).toBeNull();
    expect(troubles(runs.news).some((text) => text.includes('EROFS'))).toBe(true);
    runs.disk.meets = () => null;
    await runs.wake();
    await runs.drain();
    await runs.restart();
    expect(runs.offered).toBeNull();
    expect(runs.counts().size).toBe(2);
  });

  it('newest header damaged: marks fall back, overlap reported', async () => {
    const runs = new Runs();
    await runs.start();
    await runs.append(2);
    await runs.append(2);
    runs.disk.corrupt(`${FOLDER}/000000000002.payload`, (data) => {
      data[5] = data[5]! ^ 1;
      return data;
    });
    await runs.restart();
    expect(runs.next).toBe(2);
    expect(notices(runs.news)).toEqual([
      '1 damaged payload in the spool, set aside in spool/damaged',
      expect.stringContaining('entries may come twice'),
    ]);
    expect(runs.disk.names(`${FOLDER}/damaged`)).toEqual(['000000000002.payload']);
    // Its number is never used again.
    await runs.append(1);
    expect(runs.disk.names(FOLDER)).toContain('000000000003.payload');
  });

  it('newest header damaged, and all acknowledged: marks fall back to the one before', async () => {
    const runs = new Runs();
    await runs.start();
    for (const lines of [2, 3, 4]) {
      await runs.append(lines);
      await runs.drain();
    }
    runs.disk.corrupt(`${FOLDER}/000000000003.payload.acked`, (data) => {
      data[5] = data[5]! ^ 1;
      return data;
    });
    await runs.restart();
    expect(runs.next).toBe(5);
    expect(notices(runs.news).at(-1)).toContain('entries may come twice');
    await runs.append(1);
    expect(runs.disk.names(FOLDER)).toContain('000000000004.payload');
  });

  it('costs a payload alone that lost its end, and counts it', async () => {
    const runs = new Runs();
    await runs.start();
    for (const lines of [1, 2, 3]) await runs.append(lines);
    runs.disk.corrupt(`${FOLDER}/000000000002.payload`, (data) => data.subarray(0, -7));
    await runs.restart();
    expect(runs.spool?.recovered).toEqual({ pg_log: 6 });
    await runs.drain();
    expect(runs.gone).toEqual([1, 2]);
    expect([...runs.counts().keys()]).toEqual([0, 3, 4, 5]);
  });

  it('costs a payload alone whose body was changed', async () => {
    const runs = new Runs();
    await runs.start();
    for (const lines of [1, 2, 3]) await runs.append(lines);
    runs.disk.corrupt(`${FOLDER}/000000000001.payload`, (data) => {
      data[data.length - 1] = 65;
      return data;
    });
    await runs.restart();
    await runs.drain();
    expect(runs.gone).toEqual([0]);
    expect([...runs.counts().keys()]).toEqual([1, 2, 3, 4, 5]);
    expect(runs.disk.names(`${FOLDER}/damaged`)).toContain('000000000001.payload');
  });

  it('reads again what could not be read for a moment, and waits where no payload could be read', async () => {
    const runs = new Runs();
    await runs.start();
    for (const lines of [1, 2]) await runs.append(lines);
    failing(runs, 'read', 'EIO', { times: 2 });
    await runs.restart();
    await runs.drain();
    expect(runs.counts().size).toBe(3);
    expect(troubles(runs.news)).toHaveLength(2);
    for (const lines of [1, 1]) await runs.append(lines);
    await runs.restart();
    failing(runs, 'read', 'EMFILE', { times: 20 });
    await runs.drain();
    expect(runs.counts().size).toBe(5);
    expect(runs.gone).toEqual([]);
  });

  it('costs a payload alone that lies on a bad place of the disk', async () => {
    const runs = new Runs();
    await runs.start();
    for (const lines of [1, 2]) await runs.append(lines);
    await runs.restart();
    failing(runs, 'read', 'EIO', { path: '000000000001' });
    await runs.drain();
    expect(runs.gone).toEqual([0]);
    expect([...runs.counts().keys()]).toEqual([1, 2]);
  });

  it('says that it works again when all does: not while removing fails on', async () => {
    const runs = new Runs();
    await runs.start();
    for (const lines of [1, 1, 1]) await runs.append(lines);
    failing(runs, 'remove', 'EROFS', { path: '000000000001.payload' });
    await runs.send();
    await runs.append(1);
    expect(runs.news.map(({ is }) => is)).toEqual(['trouble']);
    runs.disk.meets = () => null;
    await runs.send();
    await runs.append(1);
    expect(runs.news.at(-1)).toEqual({ is: 'settled' });
  });
});
