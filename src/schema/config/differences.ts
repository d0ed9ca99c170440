import type { Config } from '../config.ts';
import { printable } from '../printable.ts';
import { flatConfig } from './flatConfig.ts';
import { type KeySchema, leaves } from './keySchema.ts';
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
    for (const { path, key } of leaves(known)) {
      const [old, now] = [valueAt(a, path), valueAt(b, path)];
      if (equalData(old, now)) continue;
      const name = `${prefix}${path.join('.')}`;
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
