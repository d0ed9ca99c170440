/** How to choose a few of many. */
export interface Choice<T> {
  /** How many at most. */
  readonly max: number;
  /** Measures of importance, the greater the better; the choice takes turns among them. */
  readonly rankings: readonly ((item: T) => number)[];
  /** What was chosen before and shall stay: it goes first. */
  readonly keep: (item: T) => boolean;
}

/**
 * The most important items of a long stream: those to keep, then the first of each ranking, the second of each, and so
 * on, until `max` are chosen. Exact, while it holds at most `max` items per ranking and as many again.
 */
export function chooser<T>({ max, rankings, keep }: Choice<T>): {
  readonly add: (items: readonly T[]) => void;
  /** The chosen ones in the order of their choice, and how many there were. */
  readonly result: () => { readonly chosen: readonly T[]; readonly total: number };
} {
  let pool: T[] = [];
  let total = 0;
  const limit = 2 * max * (rankings.length + 1);
  /** Each ranking's own top `max`: more than `max` turns are never taken. */
  const tops = (): T[][] =>
    rankings.map((rank) => [...pool].sort((a, b) => rank(b) - rank(a)).slice(0, max));
  return {
    add: (items) => {
      total += items.length;
      for (const item of items) pool.push(item);
      if (pool.length > limit)
        pool = [...new Set([...pool.filter(keep).slice(0, max), ...tops().flat()])];
    },
    result: () => {
      if (total <= max) return { chosen: pool, total };
      const chosen = new Set(pool.filter(keep).slice(0, max));
      const lists = tops();
      for (let turn = 0; turn < max; turn++) {
        for (const list of lists) {
          const item = list[turn];
          if (item !== undefined && chosen.size < max) chosen.add(item);
        }
      }
      return { chosen: [...chosen], total };
    },
  };
}
