import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { localFolder } from '../../../src/io/logs/localFolder.ts';
import { logDirectory, until } from '../../support/logDirectory.ts';

const { path, write, start } = logDirectory();
/** What the server tells, as it does: by a rename. */
const tell = (text: string): void => {
  writeFileSync(path('current_logfiles.tmp'), text);
  renameSync(path('current_logfiles.tmp'), path('current_logfiles'));
};
const place = (format = 'stderr') => ({
  ...{ filename: '%Y.log', startAt: 'end' as const },
  current: { path: path('current_logfiles'), format },
});

describe('the file that the server says it writes', () => {
  it('is the one with which the following begins, whichever was written last', async () => {
    write('2026.log', 'a1\n');
    write('2025.log', 'b1\n');
    tell('stderr log/2026.log\ncsvlog log/2025.log\n');
    const following = start(place());
    await until(() => expect(following.chunks).toHaveLength(1));
    expect(following.chunks[0]).toMatchObject({ file: '2026.log', offset: 3 });
    const other = start(place('csvlog'));
    await until(() => expect(other.chunks[0]?.file).toBe('2025.log'));
  });

  it('is followed under a name that nobody was told of, and when that changes', async () => {
    write('2026.log', 'a1\n');
    tell('stderr log/2026.log\n');
    const following = start(place());
    await until(() => expect(following.chunks).toHaveLength(1));
    write('2026.log', 'a2\n');
    write('other', 'b1\n');
    write('stray', 'of nobody\n');
    tell('stderr /var/log/pg/other\n');
    await until(() => expect(following.lines()).toEqual(['a2', 'b1']));
    write('third', 'c1\n');
    tell('jsonlog log/third.json\nstderr log/third\n');
    await until(() => expect(following.lines()).toEqual(['a2', 'b1', 'c1']));
    expect(following.gaps()).toEqual([]);
  });

  it('still belongs to the log when it is another one', async () => {
    const folder = localFolder({ directory: path(), ...place() });
    const names = async () =>
      (await folder.list((name) => name.endsWith('.log'))).map(({ name, current }) => [
        name,
        current,
      ]);
    for (const name of ['2026.log', 'other', 'third', 'stray']) write(name, 'a1\n');
    tell('stderr log/other\n');
    expect(await names()).toEqual([
      ['2026.log', undefined],
      ['other', true],
    ]);
    tell('stderr log/third\n');
    expect((await names()).slice(1)).toEqual([
      ['other', undefined],
      ['third', true],
    ]);
  });

  it('is looked for anew when it changes, however many files there are', async () => {
    tell('stderr log/2025.log\n');
    const folder = localFolder({ directory: path(), ...place() });
    await folder.list(() => true);
    expect(await folder.changed()).toBe(false);
    mkdirSync(path('elsewhere'));
    const moved = localFolder({
      ...{ directory: path('elsewhere') },
      current: { path: path('current_logfiles'), format: 'stderr' },
    });
    await moved.list(() => true);
    tell('stderr log/2026.log\n');
    expect(await moved.changed()).toBe(true);
    await moved.list(() => true);
    expect(await moved.changed()).toBe(false);
  });

  it.each([
    ['nothing', () => undefined],
    ['a link', () => symlinkSync(path('told'), path('current_logfiles'))],
    ['a FIFO', () => execFileSync('mkfifo', [path('current_logfiles')])],
    ['a directory', () => mkdirSync(path('current_logfiles'))],
    ['other words', () => tell('stderrlog/2025.log\n\0\nstderr\n')],
    ['a file that is not there', () => tell('stderr log/2024.log\n')],
  ])('is the one that was written last where there is %s', async (_, make) => {
    write('2025.log', 'a1\n');
    write('2026.log', 'b1\n');
    writeFileSync(path('told'), 'stderr log/2025.log\n');
    make();
    const following = start(place());
    await until(() => expect(following.chunks[0]?.file).toBe('2026.log'));
    expect(following.errors).toEqual([]);
  });
});
