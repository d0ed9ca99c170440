import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Wait, lockTrees } from '../../../src/sources/pg_locks/lockTrees.ts';

const drawn = (waits: readonly Wait[]): string[] =>
  lockTrees(waits).map((tree) =>
    tree.map(({ pid, depth }) => `${'.'.repeat(depth)}${pid}`).join(' '),
  );
const wait = (pid: number, ...blockers: number[]): Wait => ({ pid, blockers });

describe('lockTrees', () => {
  it('is empty where nobody waits', () => {
    expect(lockTrees([])).toEqual([]);
  });

  it('shows a queue as a chain: each below the one that waits longest in the row', () => {
    expect(drawn([wait(4, 1, 3), wait(3, 2), wait(2, 1)])).toEqual(['1 .2 ..3 ...4']);
  });

  it('puts all who wait for one below it, the larger tree first', () => {
    expect(drawn([wait(9, 8), wait(2, 1), wait(3, 1), wait(4, 3)])).toEqual([
      '1 .2 .3 ..4',
      '8 .9',
    ]);
  });

  it('names each blocker, also one whose waiter stands below another', () => {
    expect(drawn([wait(3, 1, 2)])).toEqual(['1 .3', '2']);
  });

  it('cuts a circle open', () => {
    const [tree] = lockTrees([wait(1, 2), wait(2, 1), wait(3, 2)]);
    expect(new Set(tree?.map(({ pid }) => pid)).size).toBe(tree?.length);
    expect(drawn([wait(1, 1)])).toEqual(['1']);
  });

  it('has each process once, below one of its blockers and one deeper than that, whatever waits for whatever', () => {
    const pid = fc.integer({ min: 0, max: 12 });
    const waits = fc.uniqueArray(
      fc.record({ pid, blockers: fc.uniqueArray(pid, { maxLength: 4 }) }),
      {
        selector: (each) => each.pid,
        maxLength: 13,
      },
    );
    fc.assert(
      fc.property(waits, (given) => {
        const nodes = lockTrees(given).flat();
        const pids = nodes.map((node) => node.pid);
        const all = new Set(given.flatMap((each) => [each.pid, ...each.blockers]));
        expect(pids.length).toBe(all.size);
        expect(new Set(pids)).toEqual(all);
        for (const { pid: child, parent, depth } of nodes) {
          if (parent === null) expect(depth).toBe(0);
          else {
            expect(given.find((each) => each.pid === child)?.blockers).toContain(parent);
            expect(nodes.find((node) => node.pid === parent)?.depth).toBe(depth - 1);
          }
        }
      }),
    );
  });
});
