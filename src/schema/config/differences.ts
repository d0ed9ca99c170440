import type { Config } from '../config.ts';
import { printable } from '../printable.ts';
import { flatConfig } from './flatConfig.ts';
import { type KeySchema, anyName, leaves } from './keySchema.ts';
import { equalData, isTable } from './plainData.ts';
import type { Path } from './problem.ts';

/** One key whose value differs. */
export interface Difference {
  /** `sysstat.interval`, `postgres.main.databases`. */
  readonly name: string;
  readonly path: Path;
  readonly before: unknown;
  readonly after: unknown;
  /** Takes effect at restart only. */
  readonly restart: boolean;
}

/** Every key that differs between two effective configurations. Servers are matched by name. */
export function differences(
  before: Config,
  after: Config,
  schema: KeySchema,
): readonly Difference[] {
  const found: Difference[] = [];
  const compare = (prefix: string, known: KeySchema, from: Path, a: unknown, b: unknown): void => {
    const whole = new Set<string>();
    for (const { path, key } of [...leaves(known)].flatMap((leaf) => named(leaf, a, b))) {
      const [old, now] = [valueAt(a, path), valueAt(b, path)];
      const name = `${prefix}${path.join('.')}`;
      if (equalData(old, now) || whole.has(name)) continue;
      whole.add(name);
      found.push({
        name,
        path: [...from, ...path],
        before: old,
        after: now,
        restart: key.restart ?? false,
      });
    }
  };
  const { postgres, ...others } = schema.properties ?? {};
  compare('', { properties: others }, [], flatConfig(before), flatConfig(after));
  const names = new Set([...before.postgres, ...after.postgres].map(({ name }) => name));
  for (const name of names) {
    const index = after.postgres.findIndex((server) => server.name === name);
    const old = before.postgres.find((server) => server.name === name);
    const now = after.postgres[index];
    if (old && now)
      compare(`postgres.${name}.`, postgres?.items ?? {}, ['postgres', index], old, now);
    else {
      const path = ['postgres', index];
      found.push({ name: `postgres.${name}`, path, before: old, after: now, restart: false });
    }
  }
  return found;
}

interface Leaf {
  readonly path: Path;
  readonly key: KeySchema;
}

/** A key of each table with a free name; of a table that only one of the two has, the table itself. */
function named({ path, key }: Leaf, a: unknown, b: unknown): readonly Leaf[] {
  const at = path.indexOf(anyName);
  if (at < 0) return [{ path, key }];
  const parent = path.slice(0, at);
  const [old, now] = [valueAt(a, parent), valueAt(b, parent)].map((table) =>
    isTable(table) ? table : {},
  );
  const names = new Set([...Object.keys(old ?? {}), ...Object.keys(now ?? {})]);
  return [...names].flatMap((name): Leaf[] => {
    const [was, is] = [isTable(old?.[name]), isTable(now?.[name])];
    if (!was && !is) return [];
    return was && is
      ? [{ path: [...parent, name, ...path.slice(at + 1)], key }]
      : [{ path: [...parent, name], key: {} }];
  });
}

/** A difference in one line: `sysstat.interval: 15 → 5`; `secret` hides the values. */
export function describeDifference({ name, before, after }: Difference, secret: boolean): string {
  const what = isTable(after)
    ? 'added'
    : isTable(before)
      ? 'removed'
      : secret
        ? 'changed (not shown)'
        : `${shown(before)} → ${shown(after)}`;
  return printable(`${name}: ${what}`);
}

const shown = (value: unknown): string =>
  value === undefined ? '(not set)' : JSON.stringify(value);

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((at, part) => (isTable(at) ? at[part] : undefined), value);
