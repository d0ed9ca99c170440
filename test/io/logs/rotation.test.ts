import {
  chmodSync,
  chownSync,
  copyFileSync,
  renameSync,
  statSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { logDirectory, markBehind, until } from '../../support/logDirectory.ts';

const { path, write, touch, start, openFiles } = logDirectory();
/** Empties a file and writes other text, in one step for whoever looks. */
const rewrite = (name: string, text: string): void => {
  truncateSync(path(name));
  write(name, text);
};

describe('a file that is emptied and used again', () => {
  it.each([
    ['shorter', 'x1\n'],
    ['of the same size', 'x1\nx2\nx3\n'],
    ['longer', 'x1\nx2\nx3\nx4\n'],
  ])('is read from its beginning where it is %s', async (_, text) => {
    write('a.log', 'a1\na2\na3\n');
    const following = start();
    await until(() => expect(following.lines()).toEqual(['a1', 'a2', 'a3']));
    rewrite('a.log', text);
    const lines = text.split('\n').slice(0, -1);
    await until(() => expect(following.lines()).toEqual(['a1', 'a2', 'a3', ...lines]));
    expect(following.gaps()).toEqual([{ file: 'a.log', reason: 'truncated', bytes: 0 }]);
    expect(following.chunks.at(-1)?.fileId).not.toBe(following.chunks[0]?.fileId);
  });

  it('is read from its beginning where only its end is as before', async () => {
    const end = `${'the same end of both'.repeat(10)}\n`;
    write('a.log', `one\n${end}`);
    const following = start();
    await until(() => expect(following.lines()).toHaveLength(2));
    rewrite('a.log', `two\n${end}`);
    await until(() => expect(following.lines()[2]).toBe('two'));
    expect(following.lines()).toHaveLength(4);
  });

  it.each(['x1\n', 'x1\nx2\nx3\n', 'x1\nx2\nx3\nx4\n'])(
    'is read from its beginning when its turn comes again: %j',
    async (text) => {
      write('mon.log', 'm1\nm2\nm3\n');
      const following = start();
      await until(() => expect(following.lines()).toHaveLength(3));
      write('tue.log', 't1\n');
      await until(() => expect(following.lines()).toHaveLength(4));
      rewrite('mon.log', text);
      const lines = text.split('\n').slice(0, -1);
      await until(() => expect(following.lines().slice(4)).toEqual(lines));
      expect(following.gaps()).toEqual([]);
    },
  );

  it('gives up what was unread in it, and tells how many bytes', async () => {
    const line = `${'x'.repeat(99_999)}\n`;
    write('a.log', line.repeat(10));
    const following = start({}, { maxAheadBytes: 200_000 });
    await until(() => expect(following.chunks.length).toBeGreaterThan(0));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const read = following.chunks.at(-1)!.end;
    rewrite('a.log', 'after\n');
    following.mark$.next(markBehind(following.chunks.at(-1)!));
    await until(() => expect(following.lines().at(-1)).toBe('after'));
    const { end } = following.chunks
      .filter(({ gap, text }) => !gap && text.startsWith('x'))
      .at(-1)!;
    expect(end).toBeGreaterThanOrEqual(read);
    expect(following.gaps()).toEqual([
      { file: 'a.log', reason: 'truncated', bytes: 1_000_000 - end },
    ]);
  });
});

describe('a file that is copied and emptied', () => {
  it('is read to the end of its copy, then from its beginning', async () => {
    const following = start();
    const line = `${'x'.repeat(99_999)}\n`;
    write('a.log', `first\n${line.repeat(3)}`);
    await until(() => expect(following.lines()).toHaveLength(4));
    // Nobody looked in between.
    write('a.log', 'unread\n');
    copyFileSync(path('a.log'), path('a.log.1'));
    rewrite('a.log', 'next\n');
    await until(() => expect(following.lines().slice(4)).toEqual(['unread', 'next']));
    expect(following.gaps()).toEqual([{ file: 'a.log', reason: 'truncated', bytes: 0 }]);
    const [before, after] = following.chunks.slice(-3).filter(({ text }) => text !== '');
    expect(before).toMatchObject({ fileId: following.chunks[1]?.fileId, offset: 300_006 });
    expect(after?.fileId).not.toBe(before?.fileId);
  });

  it('is read so after a restart too', async () => {
    write('a.log', 'a1\n');
    const first = start();
    await until(() => expect(first.lines()).toEqual(['a1']));
    first.subscription.unsubscribe();
    write('a.log', 'a2\n');
    copyFileSync(path('a.log'), path('a.log.1'));
    touch('a.log.1');
    rewrite('a.log', 'b1\n');
    const second = start({}, { mark: markBehind(first.chunks.at(-1)!) });
    await until(() => expect(second.lines()).toEqual(['a2', 'b1']));
    const told = second.chunks.map(({ gap, text }) => (gap ? 'gap' : text.trim()));
    expect(told.filter((text) => text !== '')).toEqual(['a2', 'gap', 'b1']);
    expect(second.gaps()).toEqual([{ file: 'a.log', reason: 'truncated', bytes: 0 }]);
  });

  it('is not read twice where its copy has the name of a log', async () => {
    write('a.log', 'a1\na2\n');
    const following = start();
    await until(() => expect(following.lines()).toHaveLength(2));
    copyFileSync(path('a.log'), path('a-copy.log'));
    write('a.log', 'a3\n');
    await until(() => expect(following.lines()).toHaveLength(3));
    copyFileSync(path('a.log'), path('a-full.log'));
    touch('a-copy.log');
    touch('a-full.log');
    write('b.log', 'b1\n');
    await until(() => expect(following.lines()).toEqual(['a1', 'a2', 'a3', 'b1']));
  });
});

describe('a mark', () => {
  it('does not mean a file with the same first line whose bytes before it are others', async () => {
    write('a.log', 'LOG:  starting\nx1\nx2\n');
    const first = start();
    await until(() => expect(first.lines()).toHaveLength(3));
    first.subscription.unsubscribe();
    rewrite('a.log', 'LOG:  starting\ny1\ny2\ny3\n');
    const second = start({}, { mark: markBehind(first.chunks.at(-1)!) });
    await until(() => expect(second.lines()).toEqual(['LOG:  starting', 'y1', 'y2', 'y3']));
    expect(second.gaps()).toEqual([{ file: 'a.log', reason: 'truncated', bytes: null }]);
  });

  it('whose file is gone is followed by all that is newer, and tells that something is lost', async () => {
    write('a.log', 'a1\n');
    const first = start();
    await until(() => expect(first.lines()).toEqual(['a1']));
    first.subscription.unsubscribe();
    unlinkSync(path('a.log'));
    write('b.log', 'b1\n');
    const second = start({}, { mark: markBehind(first.chunks.at(-1)!) });
    await until(() => expect(second.lines()).toEqual(['b1']));
    expect(second.gaps()).toEqual([{ file: 'a.log', reason: 'removed', bytes: null }]);
  });
});

describe('the files of a log', () => {
  it('that are removed before their turn are told with their bytes', async () => {
    write('a.log', 'a1\n');
    const first = start();
    await until(() => expect(first.lines()).toEqual(['a1']));
    first.subscription.unsubscribe();
    write('a.log', `${'x'.repeat(299_999)}\n`.repeat(2));
    for (const name of ['b', 'c', 'd']) write(`${name}.log`, `${name}1\n`);
    const mark = markBehind(first.chunks.at(-1)!);
    const second = start({}, { mark, maxAheadBytes: 200_000 });
    await until(() => expect(second.chunks).not.toEqual([]));
    unlinkSync(path('c.log'));
    const release = setInterval(() => second.mark$.next(markBehind(second.chunks.at(-1)!)), 5);
    await until(() => expect(second.lines().slice(2)).toEqual(['b1', 'd1'])).finally(() =>
      clearInterval(release),
    );
    expect(second.gaps()).toEqual([{ file: 'c.log', reason: 'removed', bytes: 3 }]);
  });

  it('are those that the server names; packed ones and those of others are left out', async () => {
    write('postgresql-2026-11-23_101500.log', 'p1\n');
    const following = start({ filename: 'postgresql-%Y-%m-%d_%H%M%S.log' });
    await until(() => expect(following.lines()).toEqual(['p1']));
    write('postgresql-18-main.log', 'another cluster\n');
    writeFileSync(path('postgresql-2026-11-23_101400.log.gz'), gzipSync('old\n'));
    touch('postgresql-2026-11-23_101400.log.gz');
    write('postgresql-2026-11-23_101501.log', 'p2\n');
    await until(() => expect(following.lines()).toEqual(['p1', 'p2']));
  });

  it('are all read where several came within one moment', async () => {
    write('a.log', 'a1\n');
    const first = start();
    await until(() => expect(first.lines()).toEqual(['a1']));
    first.subscription.unsubscribe();
    const { mtime } = statSync(path('a.log'));
    for (const name of ['b.log', 'c.log']) {
      writeFileSync(path(name), `${name}\n`);
      utimesSync(path(name), mtime, mtime);
    }
    const second = start({}, { mark: markBehind(first.chunks.at(-1)!) });
    await until(() => expect(second.lines()).toEqual(['b.log', 'c.log']));
  });

  it('that were written after a moment are read from there on', async () => {
    write('a.log', 'a1\n');
    const { mtimeMs } = statSync(path('a.log'));
    write('b.log', 'b1\n');
    write('c.log', 'c1\n');
    const following = start({ startAt: mtimeMs });
    await until(() => expect(following.lines()).toEqual(['b1', 'c1']));
  });

  it('are drained when nothing more will come', async () => {
    write('a.log', 'a1\n');
    const following = start();
    await until(() => expect(following.lines()).toEqual(['a1']));
    write('a.log', 'a2\n');
    write('b.log', 'b1\nhalf');
    following.finish$.next();
    await until(() => expect(following.completed()).toBe(true));
    expect(following.lines()).toEqual(['a1', 'a2', 'b1', 'half']);
    await vi.waitFor(async () => expect(await openFiles()).toEqual([]));
  });

  it('are read on when the permission comes back', async () => {
    write('a.log', 'a1\n');
    chmodSync(path('a.log'), 0);
    // As root nothing is forbidden.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) {
      chownSync(path(), 65_534, 65_534);
      chownSync(path('a.log'), 65_534, 65_534);
      process.seteuid?.(65_534);
    }
    try {
      const refused = start();
      await until(() => expect(String(refused.errors[0])).toMatch(/may not read .*a\.log/));
      chmodSync(path('a.log'), 0o600);
      const allowed = start();
      await until(() => expect(allowed.lines()).toEqual(['a1']));
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  it('are followed through a rename and a new file of the old name', async () => {
    write('postgresql.log', 'p1\n');
    const following = start();
    await until(() => expect(following.lines()).toEqual(['p1']));
    renameSync(path('postgresql.log'), path('postgresql.log.1'));
    write('postgresql.log.1', 'p2\n');
    write('postgresql.log', 'p3\n');
    await until(() => expect(following.lines()).toEqual(['p1', 'p2', 'p3']));
    expect(following.gaps()).toEqual([]);
  });
});
