import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { logFileError } from '../../src/io/logs/localFolder.ts';
import { logDirectory, markBehind, until } from '../support/logDirectory.ts';

const { path, write, start, openFiles } = logDirectory();

describe('logs', () => {
  it('reads what stands in the newest file and what is appended', async () => {
    write('a.log', 'old\n');
    write('b.log', 'one\ntwo\n');
    const following = start();
    await until(() => expect(following.lines()).toEqual(['one', 'two']));
    write('b.log', 'three\n');
    await until(() => expect(following.lines()).toEqual(['one', 'two', 'three']));
    const last = following.chunks.at(-1);
    expect(last).toMatchObject({ file: 'b.log', offset: 8, end: 14, text: 'three\n', cut: false });
  });

  it('begins at the end where that is asked for, and tells where', async () => {
    write('a.log', 'one\nhalf');
    const following = start({ startAt: 'end' });
    await until(() => expect(following.chunks).toMatchObject([{ offset: 8, end: 8, text: '' }]));
    write('a.log', ' of a line\ntwo\n');
    await until(() => expect(following.lines()).toEqual(['two']));
    expect(following.chunks.at(-1)).toMatchObject({ offset: 19, text: 'two\n' });
  });

  it('waits for the end of a half-written line', async () => {
    write('a.log', 'one\ntw');
    const following = start();
    await until(() => expect(following.text()).toBe('one\n'));
    write('a.log', 'o\nthr');
    await until(() => expect(following.text()).toBe('one\ntwo\n'));
  });

  it('waits for a file that appears later', async () => {
    const following = start();
    write('a.csv', 'other format\n');
    write('a.log', 'one\n');
    await until(() => expect(following.lines()).toEqual(['one']));
  });

  it('drains the old file before it goes on with the next, through all that came meanwhile', async () => {
    write('a.log', 'a1\n');
    const following = start();
    await until(() => expect(following.lines()).toEqual(['a1']));
    write('a.log', 'a2\na3 without end');
    write('b.log', 'b1\n');
    write('c.log', 'c1\n');
    await until(() =>
      expect(following.lines()).toEqual(['a1', 'a2', 'a3 without end', 'b1', 'c1']),
    );
    write('d.log', '');
    write('d.log', 'd1\n');
    await until(() => expect(following.lines().at(-1)).toBe('d1'));
    expect(new Set(following.chunks.map(({ fileId }) => fileId)).size).toBe(4);
  });

  it('reads a file anew that was truncated, as another file', async () => {
    write('a.log', 'first life, long\n');
    const following = start();
    await until(() => expect(following.lines()).toHaveLength(1));
    truncateSync(path('a.log'));
    write('a.log', 'second\n');
    await until(() => expect(following.lines()).toEqual(['first life, long', 'second']));
    const [first, second] = following.chunks.filter(({ text }) => text !== '');
    expect(second?.offset).toBe(0);
    expect(second?.fileId).not.toBe(first?.fileId);
  });

  it('goes on behind the old lines of a file that is used again without being truncated', async () => {
    write('mon.log', 'a week ago\n');
    write('sun.log', 'yesterday\n');
    const following = start();
    await until(() => expect(following.lines()).toEqual(['yesterday']));
    write('mon.log', 'today\n');
    await until(() => expect(following.lines()).toEqual(['yesterday', 'today']));
  });

  it('drains a file that was deleted or renamed while it was read', async () => {
    write('a.log', 'a1\n');
    const following = start();
    await until(() => expect(following.lines()).toEqual(['a1']));
    renameSync(path('a.log'), path('a.log.1'));
    write('a.log.1', 'a2\n');
    write('b.log', 'b1\n');
    await until(() => expect(following.lines()).toEqual(['a1', 'a2', 'b1']));
    unlinkSync(path('b.log'));
    write('c.log', 'c1\n');
    await until(() => expect(following.lines()).toEqual(['a1', 'a2', 'b1', 'c1']));
  });

  it('resumes at a mark, in a renamed file too, and reads all that came after it', async () => {
    write('0.log', 'before\n');
    write('a.log', 'a1\na2\n');
    const first = start();
    await until(() => expect(first.lines()).toEqual(['a1', 'a2']));
    first.subscription.unsubscribe();
    const mark = { ...markBehind(first.chunks.at(-1)!), offset: 3 };
    renameSync(path('a.log'), path('a.log.1'));
    write('b.log', 'b1\n');
    write('c.log', 'c1\n');
    const second = start({ startAt: 'end' }, { mark });
    await until(() => expect(second.lines()).toEqual(['a2', 'b1', 'c1']));
  });

  it('reads all newer files where the marked one is gone', async () => {
    write('0.log', 'before\n');
    write('a.log', 'a1\n');
    const first = start();
    await until(() => expect(first.lines()).toEqual(['a1']));
    first.subscription.unsubscribe();
    unlinkSync(path('a.log'));
    write('b.log', 'b1\n');
    write('c.log', 'c1\n');
    const second = start({ startAt: 'end' }, { mark: markBehind(first.chunks.at(-1)!) });
    await until(() => expect(second.lines()).toEqual(['b1', 'c1']));
  });

  it('never runs further than the bound beyond the mark', async () => {
    const line = `${'x'.repeat(99_999)}\n`;
    write('a.log', line.repeat(30));
    const following = start({}, { maxAheadBytes: 1_000_000 });
    await until(() => expect(following.text().length).toBeGreaterThanOrEqual(1_000_000));
    await new Promise((resolve) => setTimeout(resolve, 100)); // it had time to go on
    expect(following.text().length).toBeLessThan(1_300_000);
    following.mark$.next(markBehind(following.chunks.at(-1)!));
    await until(() => expect(following.text().length).toBeGreaterThanOrEqual(2_000_000));
    expect(following.text().length).toBeLessThan(2_600_000);
    following.mark$.next(markBehind(following.chunks.at(-1)!));
    await until(() => expect(following.text()).toBe(line.repeat(30)));
  });

  it('reads lines longer than its buffer, and cuts those above 10 MiB', async () => {
    const long = 'l'.repeat(900_000);
    write('a.log', `a\n${long}\nb\n${'m'.repeat(11_000_000)}\nc\n`);
    const following = start();
    await until(() => expect(following.lines().at(-1)).toBe('c'));
    expect(following.lines()[1]).toBe(long);
    const cut = following.chunks.find((chunk) => chunk.cut);
    expect(cut).toMatchObject({ offset: 900_005, end: 11_900_006 });
    expect(cut?.text).toBe(`${'m'.repeat(10_485_760)}\n`);
    expect(following.lines()).toHaveLength(5);
  });

  it('hands on bytes as they are, each as one character', async () => {
    writeFileSync(path('a.log'), Buffer.from([0xe9, 0x0a, 0xc3, 0xa9, 0x0a, 0x62, 0x0a]));
    const following = start();
    await until(() => expect(following.lines()).toEqual(['\xe9', '\xc3\xa9', 'b']));
  });

  it('FIFO and symlink in the log directory: neither is read, and that is said where nothing else is there', async () => {
    execFileSync('mkfifo', [path('a.log')]);
    const fifo = start();
    await until(() => expect(String(fifo.errors[0])).toMatch(/a\.log is no regular file/));
    unlinkSync(path('a.log'));
    mkdirSync(path('elsewhere'));
    write('elsewhere/secret', 'secret\n');
    symlinkSync(path('elsewhere/secret'), path('b.log'));
    const link = start();
    await until(() => expect(String(link.errors[0])).toMatch(/b\.log is no regular file/));
    write('c.log', 'c1\n');
    execFileSync('mkfifo', [path('z.log')]);
    const both = start();
    await until(() => expect(both.lines()).toEqual(['c1']));
    expect(await openFiles()).toEqual([path('c.log')]);
  });

  it('errors with the remedy where the directory is missing', async () => {
    const following = start({ directory: path('nowhere') });
    await until(() => expect(following.errors).toHaveLength(1));
    expect(following.errors[0]).toMatchObject({ code: 'ERR_FILE' });
    expect(String(following.errors[0])).toMatch(
      /nowhere does not exist: correct \[pg_log\] directory/,
    );
  });

  it('names the remedy where it may not read', () => {
    // As root nothing is forbidden: the error is made up.
    const error = logFileError('/log/a.log', Object.assign(new Error('no'), { code: 'EACCES' }));
    expect(error).toMatchObject({ code: 'ERR_FILE' });
    expect(error.message).toMatch(/may not read \/log\/a\.log: .*log_file_mode = 0640/);
  });

  it('closes its file at the end', async () => {
    write('a.log', 'a1\n');
    const following = start();
    await until(() => expect(following.lines()).toEqual(['a1']));
    expect(await openFiles()).toEqual([path('a.log')]);
    following.subscription.unsubscribe();
    await vi.waitFor(async () => expect(await openFiles()).toEqual([]));
  });
});
