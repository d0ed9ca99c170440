/** How to choose a few of many. */
export interface Choice<T> {
  /** How many at most. */
  readonly max: number;
  /** Measures of importance, the greater the better; the choice takes turns among them. */
  readonly rankings: readonly ((item: T) => number)[];
  /** What was chosen before and shall stay: it goes first. */
  readonly keep: (item: T) => boolean;
  /** What is held of an item that may be chosen, with the same measures: for large ones. Default: itself. */
  readonly hold?: (item: T) => T;
}

/**
 * The most important items of a long stream: those to keep, then the first of each ranking, the second of each, and so
 * on, until `max` are chosen; of equals the one that came first. Exact, while it holds at most `max` items per ranking
 * and half as many again: what cannot be chosen any more is let go at once.
 */
export function chooser<T>({ max, rankings, keep, hold = (item) => item }: Choice<T>): {
  readonly add: (items: readonly T[]) => void;
  /** The chosen ones in the order of their choice, and how many there were. */
  readonly result: () => { readonly chosen: readonly T[]; readonly total: number };
} {
  let pool: T[] = [];
  let total = 0;
  let limit = 2 * max;
  /** By ranking: what does not exceed it comes behind `max` others. */
  let floors: readonly number[] | undefined;
  /** Each ranking's own top `max`: more than `max` turns are never taken. */
  const tops = (): Top<T>[] => rankings.map((rank) => top(pool, rank, max));
  const trim = (): void => {
    const lists = tops();
    const staying = new Set([...pool.filter(keep).slice(0, max), ...lists.flatMap(itemsOf)]);
    pool = pool.filter((item) => staying.has(item));
    floors = lists.map(({ floor }) => floor);
    limit = Math.max(2 * max, Math.ceil(1.5 * pool.length));
  };
  return {
    add: (items) => {
      total += items.length;
      for (const item of items) {
        const known = floors;
        const behind =
          known !== undefined &&
          rankings.every((rank, index) => !(rank(item) > (known[index] ?? 0))) &&
          !keep(item);
        if (!behind) pool.push(hold(item));
        if (pool.length > limit) trim();
      }
    },
    result: () => {
      if (total <= max) return { chosen: pool, total };
      const chosen = new Set(pool.filter(keep).slice(0, max));
      const lists = tops().map(itemsOf);
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

interface Top<T> {
  /** The greatest first. */
  readonly items: readonly T[];
  /** The measure of the last one. */
  readonly floor: number;
}
const itemsOf = <T>({ items }: Top<T>): readonly T[] => items;

/** The `max` greatest. Numbers alone are sorted first, since that costs little; what has no measure comes last. */
function top<T>(pool: readonly T[], rank: (item: T) => number, max: number): Top<T> {
  const measures = Float64Array.from(pool, (item) => {
    const measure = rank(item);
    return Number.isNaN(measure) ? -Infinity : measure;
  });
  const floor = measures.toSorted()[Math.max(0, pool.length - max)] ?? -Infinity;
  const above: number[] = [];
  const level: T[] = [];
  measures.forEach((measure, index) => {
    if (measure > floor) above.push(index);
    else if (measure === floor) level.push(pool[index] as T);
  });
  above.sort((a, b) => (measures[b] as number) - (measures[a] as number));
  return { items: [...above.map((index) => pool[index] as T), ...level].slice(0, max), floor };
}
