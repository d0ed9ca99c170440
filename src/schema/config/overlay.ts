import type { Config } from '../config.ts';
import { flatConfig } from './flatConfig.ts';
import { type KeySchema, expected, keySchema } from './keySchema.ts';
import { type Table, emptyTable, equalData, isTable } from './plainData.ts';
import { type Path, type Problem, dotted } from './problem.ts';
import { unknownKey } from './validation.ts';

/** What the trust in pulled text is judged against. */
export interface Local {
  /** The local file's data in the schema's form, without defaults. */
  readonly data: Table;
  /** The local configuration with defaults. */
  readonly config: Config;
}

/** A pulled configuration laid over the local one, as far as it may be. */
export interface Overlaid {
  readonly data: Table;
  readonly problems: readonly Problem[];
  /** What the local file overruled, one sentence each. */
  readonly overruled: readonly string[];
  /** Whether `[collector] interval` comes from the pulled text. */
  readonly remoteInterval: boolean;
  /** The place in the pulled text's list of each server, by its place in the local one. */
  readonly servers: ReadonlyMap<number, number>;
}

/**
 * Lays pulled data over the local one. Pulled configuration is not trusted:
 *
 * - only keys that the schema marks `remote` are taken, within `remoteMinimum` and `remoteMaximum`, and above the local
 *   value where it says `remoteRaise`;
 * - any other key is a problem where its value differs from the local one, a secret always;
 * - servers, and tables with free names, must be in the local file; a section that is off is turned on only where the local file has it, and never
 *   where that says `enabled = false`.
 *
 * Types and ranges are left to the validation of the result.
 */
export function overlay(pulled: Table, local: Local, schema: KeySchema): Overlaid {
  const problems: Problem[] = [];
  const overruled: string[] = [];
  const servers = new Map<number, number>();
  const effective = flatConfig(local.config);

  /** The local table with what the pulled one may set. */
  const lay = (path: Path, over: unknown, under: unknown, inForce: unknown): unknown => {
    const known = path.length === 0 ? schema : keySchema(schema, path);
    if (!isTable(over)) {
      problems.push({ path, at: 'value', message: 'expected a table' });
      return under;
    }
    const result = Object.assign(emptyTable(), isTable(under) ? under : undefined);
    for (const name of Object.keys(over)) {
      const at = [...path, name];
      const key = known && keySchema(known, [name]);
      const local = isTable(inForce) && Object.hasOwn(inForce, name) ? inForce[name] : undefined;
      const isFree = !Object.hasOwn(known?.properties ?? {}, name);
      if (!key) problems.push(unknownKey(at, schema));
      else if (isFree && local === undefined) {
        const message = 'not in the local file: a pulled configuration adds none';
        problems.push({ path: at, at: 'key', message });
      } else if (key.properties) result[name] = lay(at, over[name], result[name], local);
      else if (name === 'postgres' && path.length === 0) result[name] = layServers(over[name]);
      else if (take(at, key, over[name], local, isTable(under) ? under : undefined)) {
        result[name] = over[name];
      }
    }
    return result;
  };

  /** Whether a pulled value is taken; a problem where it may not be. */
  const take = (
    path: Path,
    key: KeySchema,
    value: unknown,
    local: unknown,
    under?: Table,
  ): boolean => {
    const same = !key.secret && equalData(value, local);
    if (!key.remote) {
      if (!same) problems.push({ path, at: 'key', message: 'not open to a pulled configuration' });
      return false;
    }
    if (same) return true;
    const floor = key.remoteRaise && typeof local === 'number' ? local : -Infinity;
    const least = Math.max(key.minimum ?? -Infinity, key.remoteMinimum ?? -Infinity, floor);
    const greatest = Math.min(key.maximum ?? Infinity, key.remoteMaximum ?? Infinity);
    if (typeof value === 'number' && !(value >= least && value <= greatest)) {
      const range = { ...key, minimum: least, maximum: greatest };
      problems.push({
        path,
        at: 'value',
        message: `expected ${expected(range)} in a pulled configuration`,
      });
      return false;
    }
    if (path.at(-1) !== 'enabled' || value !== true) return true;
    if (under === undefined) {
      const message = 'a pulled configuration turns on only sections that the local file has';
      problems.push({ path, at: 'value', message });
      return false;
    }
    if (under['enabled'] !== false) return true;
    overruled.push(`pulled ${dotted(path)} = true is not applied: the local file says false`);
    return false;
  };

  const layServers = (over: unknown): unknown => {
    const list = local.data['postgres'];
    const result: unknown[] = Array.isArray(list) ? [...(list as unknown[])] : [];
    if (!Array.isArray(over)) {
      problems.push({
        path: ['postgres'],
        at: 'value',
        message: 'expected a table, or several as [[postgres]]',
      });
      return result;
    }
    for (const [place, server] of (over as unknown[]).entries()) {
      const name = isTable(server) && Object.hasOwn(server, 'name') ? server['name'] : 'main';
      const index = local.config.postgres.findIndex((known) => known.name === name);
      if (index < 0) {
        const message = 'no server of this name in the local file';
        problems.push({ path: ['postgres', place, 'name'], at: 'value', message });
        continue;
      }
      servers.set(index, place);
      result[index] = lay(['postgres', place], server, result[index], local.config.postgres[index]);
    }
    return result;
  };

  const data = lay([], pulled, local.data, effective) as Table;
  const interval = (of: Table): unknown => isTable(of['collector']) && of['collector']['interval'];
  return {
    data,
    problems,
    overruled,
    remoteInterval: interval(data) !== interval(local.data),
    servers,
  };
}
