import type { Config } from '../config.ts';
import type { Difference } from './differences.ts';
import type { Table } from './plainData.ts';

/** The next configuration with the running values of those keys that take effect at restart only. */
export function holdRestart(next: Config, changed: readonly Difference[]): Config {
  const held = changed.filter(({ restart }) => restart);
  if (held.length === 0) return next;
  const result = structuredClone(next) as unknown as Table;
  for (const { path, before } of held) {
    const table = path.slice(0, -1).reduce((at, part) => at[part] as Table, result);
    const key = path.at(-1) ?? '';
    if (before === undefined) Reflect.deleteProperty(table, key);
    else table[key] = before;
  }
  return result as unknown as Config;
}
