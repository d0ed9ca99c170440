import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooser } from '../../src/postgres/choose.ts';

interface Item {
  readonly id: number;
  readonly a: number;
  readonly b: number;
}
const rankings = [({ a }: Item) => a, ({ b }: Item) => b];
/** Many have the same measure, some have none. */
const measure = fc.oneof(fc.nat(9), fc.nat(10_000), fc.constant(NaN));
const mixed = fc
  .array(fc.tuple(measure, measure), { minLength: 1, maxLength: 80 })
  .map((all) => all.map(([a, b], id): Item => ({ id, a, b })));

/** The definition itself: sort all by each ranking, and take turns. */
function plainly(items: readonly Item[], max: number, keep: (item: Item) => boolean) {
  if (items.length <= max) return { chosen: items, total: items.length };
  const worth = (value: number) => (Number.isNaN(value) ? -1 : value);
  const lists = rankings.map((rank) =>
    items.toSorted((one, other) => worth(rank(other)) - worth(rank(one))),
  );
  const turns = items.flatMap((_, turn) => lists.map((list) => list[turn]!));
  return {
    chosen: [...new Set([...items.filter(keep), ...turns])].slice(0, max),
    total: items.length,
  };
}

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

  it('chooses the same from a stream of chunks as by sorting all, the first of equals', () => {
    fc.assert(
      fc.property(
        mixed,
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 9 }),
        (items, max, size) => {
          const chunks = Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
            items.slice(index * size, (index + 1) * size),
          );
          const keep = ({ id }: Item) => id % 17 === 3;
          expect(choose(chunks, max, keep)).toStrictEqual(plainly(items, max, keep));
        },
      ),
    );
  });

  it('holds only what may still be chosen, as it is told to', () => {
    const held: number[] = [];
    const { add, result } = chooser<Item>({
      max: 1,
      rankings,
      keep: () => false,
      hold: (item) => {
        held.push(item.id);
        return { ...item, b: -item.b };
      },
    });
    const item = (id: number, a: number): Item => ({ id, a, b: 0 });
    add([item(1, 7), item(2, 8), item(3, 9), item(4, 1), item(5, 9), item(6, 10)]);
    expect(held).toStrictEqual([1, 2, 3, 6]);
    expect(result().chosen).toStrictEqual([{ id: 6, a: 10, b: -0 }]);
  });
});
