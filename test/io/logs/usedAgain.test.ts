import { truncateSync, unlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Following } from '../../support/logDirectory.ts';
import { logDirectory, markBehind, until } from '../../support/logDirectory.ts';

const { path, write, start } = logDirectory();
const place = { filename: '%a.log' };
const days = ['Mon', 'Tue', 'Wed'];
/** The mark behind the last chunk, with what it tells of other files. */
const lastMark = ({ chunks }: Following) => {
  const chunk = chunks.at(-1)!;
  return { ...markBehind(chunk), ...(chunk.others && { others: chunk.others }) };
};
/** Follows one line of each day, and ends. */
const week = async () => {
  const following = start(place);
  for (const [index, day] of days.entries()) {
    write(`${day}.log`, `${day} 1\n`);
    await until(() => expect(following.lines()).toHaveLength(index + 1));
  }
  following.subscription.unsubscribe();
  return JSON.parse(JSON.stringify(lastMark(following))) as ReturnType<typeof lastMark>;
};

describe('a file to which the server appends again while nobody reads', () => {
  it('is read from where it was read to', async () => {
    const mark = await week();
    write('Wed.log', 'Wed 2\n');
    write('Mon.log', 'Mon 2\n');
    const following = start(place, { mark });
    await until(() => expect(following.lines()).toEqual(['Wed 2', 'Mon 2']));
    write('Tue.log', 'Tue 2\n');
    await until(() => expect(following.lines().slice(2)).toEqual(['Tue 2']));
    expect(following.gaps()).toEqual([]);
  });

  it('is so too where its turn came round once, the marked file among them', async () => {
    const mark = await week();
    for (const day of days) write(`${day}.log`, `${day} 2\n`);
    const following = start(place, { mark });
    await until(() => expect(following.lines()).toEqual(['Wed 2', 'Mon 2', 'Tue 2']));
    write('Mon.log', 'Mon 3\n');
    await until(() => expect(following.lines().slice(3)).toEqual(['Mon 3']));
    expect(following.gaps()).toEqual([]);
  });

  it('is so too where the marked file is gone', async () => {
    const mark = await week();
    unlinkSync(path('Wed.log'));
    for (const day of ['Mon', 'Tue']) write(`${day}.log`, `${day} 2\n`);
    const following = start(place, { mark });
    await until(() => expect(following.lines()).toEqual(['Mon 2', 'Tue 2']));
    expect(following.gaps()).toEqual([{ file: 'Wed.log', reason: 'removed', bytes: null }]);
  });

  it('is read from its beginning where it was emptied before, whatever its size', async () => {
    const mark = await week();
    for (const [day, text] of Object.entries({ Mon: 'Mon 2\n', Tue: 'Tue 2\nTue 3\n' })) {
      truncateSync(path(`${day}.log`));
      write(`${day}.log`, text);
    }
    const following = start(place, { mark });
    await until(() => expect(following.lines()).toEqual(['Mon 2', 'Tue 2', 'Tue 3']));
  });

  it('is known after the next end too, though nothing was read of it in between', async () => {
    const mark = await week();
    write('Wed.log', 'Wed 2\n');
    const between = start(place, { mark });
    await until(() => expect(between.lines()).toEqual(['Wed 2']));
    between.subscription.unsubscribe();
    write('Mon.log', 'Mon 2\n');
    const following = start(place, { mark: lastMark(between) });
    await until(() => expect(following.lines()).toEqual(['Mon 2']));
  });
});

describe('a mark', () => {
  it('tells nothing of files whose names are used once, and of at most 40 others', async () => {
    const once = start({ filename: '%Y.log' });
    write('2025.log', 'a\n');
    await until(() => expect(once.lines()).toHaveLength(1));
    write('2026.log', 'b\n');
    await until(() => expect(once.lines()).toHaveLength(2));
    expect(once.chunks.every(({ others }) => others === undefined)).toBe(true);
    for (let day = 10; day < 60; day++) write(`${day}.log`, `${day}\n`);
    const following = start({ filename: '%d.log', startAt: 'end' });
    await until(() => expect(following.chunks).toHaveLength(1));
    expect(following.chunks[0]?.others).toHaveLength(40);
  });
});
