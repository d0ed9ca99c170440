import { isTable } from './plainData.ts';

/**
 * The next value, made of the previous one's parts wherever they are equal: what did not change keeps its identity, so
 * that `===` tells what did. Lists of named tables are matched by `name`.
 */
export function reuse<T>(previous: T, next: T): T {
  return share(previous, next) as T;
}

function share(previous: unknown, next: unknown): unknown {
  if (Object.is(previous, next)) return previous;
  if (Array.isArray(previous) && Array.isArray(next)) {
    const shared = next.map((item: unknown, index) => share(twin(previous, item, index), item));
    return same(previous, shared) ? previous : shared;
  }
  if (!isTable(previous) || !isTable(next)) return next;
  const shared = Object.fromEntries(
    Object.keys(next).map((key) => [key, share(previous[key], next[key])]),
  );
  const equal =
    Object.keys(previous).length === Object.keys(shared).length &&
    Object.keys(shared).every(
      (key) => Object.hasOwn(previous, key) && previous[key] === shared[key],
    );
  return equal ? previous : shared;
}

const twin = (list: readonly unknown[], item: unknown, index: number): unknown =>
  isTable(item) && 'name' in item
    ? list.find((other) => isTable(other) && other['name'] === item['name'])
    : list[index];

const same = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((item, index) => item === b[index]);
