import { describe, expect, it } from 'vitest';
import {
  markOf,
  markedValues,
  settingChanges,
} from '../../../src/sources/pg_settings/settingChanges.ts';

const values = (of: Readonly<Record<string, string>>) =>
  new Map(Object.entries(of).map(([name, value]) => [name, { shown: value, digest: value }]));

describe('settingChanges', () => {
  it('tells what appeared, changed and went', () => {
    const events = settingChanges(
      'main',
      values({ a: '1', b: '1', c: '1' }),
      values({ b: '2', c: '1', d: '1' }),
      null,
    );
    expect(events.map(({ object, before, after }) => [object, before, after])).toStrictEqual([
      ['b', '1', '2'],
      ['d', null, '1'],
      ['a', '1', null],
    ]);
  });

  it('sums up more than 50 in one event', () => {
    const many = values(Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`s${n}`, '1'])));
    expect(settingChanges('main', new Map(), many, null)).toMatchObject([{ count: 51 }]);
  });
});

describe('the mark', () => {
  it('gives the digests back, and no value', () => {
    const mark = markOf('key', true, values({ a: 'digest' }));
    expect(markedValues(mark)).toStrictEqual({
      key: 'key',
      seesAll: true,
      values: new Map([['a', { shown: null, digest: 'digest' }]]),
    });
  });

  it.each([undefined, null, 5, 'x', [], {}, { key: 1, digests: {} }, { key: 'k', digests: null }])(
    'is nothing where it cannot be read: %j',
    (mark) => expect(markedValues(mark)).toBeNull(),
  );
});
