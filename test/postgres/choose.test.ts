import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooser } from '../../src/postgres/choose.ts';

interface Item {
  readonly id: number;
  readonly a: number;
  readonly b: number;
}
const rankings = [({ a }: Item) => a, ({ b }: Item) => b];
const distinct = fc
  .uniqueArray(fc.nat(10_000), { minLength: 1, maxLength: 80 })
  .map((as) => as.map((a, id): Item => ({ id, a, b: (a * 7919) % 10_007 })));

function choose(chunks: readonly (readonly Item[])[], max: number, keep: (item: Item) => boolean) {
  const { add, result } = chooser({ max, rankings, keep });
  for (const chunk of chunks) add(chunk);
  return result();
}

describe('chooser', () => {
  it('keeps all where they are few enough', () => {
    const all = [{ id: 1, a: 0, b: 0 }];
    expect(choose([all], 1, () => false)).toStrictEqual({ chosen: all, total: 1 });
  });

  it('takes the first of each ranking in turns, those to keep before all others', () => {
    const items = [
      { id: 1, a: 9, b: 0 },
      { id: 2, a: 8, b: 1 },
      { id: 3, a: 0, b: 9 },
      { id: 4, a: 1, b: 8 },
      { id: 5, a: 2, b: 2 },
    ];
    const ids = (max: number, kept = 0) =>
      choose([items], max, ({ id }) => id === kept).chosen.map(({ id }) => id);
    expect(ids(2)).toStrictEqual([1, 3]);
    expect(ids(3, 5)).toStrictEqual([5, 1, 3]);
    expect(ids(4)).toStrictEqual([1, 3, 2, 4]);
  });

  it('chooses the same from a stream of chunks as from all at once', () => {
    fc.assert(
      fc.property(
        distinct,
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 9 }),
        (items, max, size) => {
          const chunks = Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
            items.slice(index * size, (index + 1) * size),
          );
          const keep = ({ id }: Item) => id % 17 === 3;
          expect(choose(chunks, max, keep)).toStrictEqual(choose([items], max, keep));
        },
      ),
    );
  });
});
