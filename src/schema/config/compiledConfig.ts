import type { TSchema } from '@sinclair/typebox';
import { type Config, type SectionSettings, configSchema } from '../config.ts';
import { inheritInterval } from './intervals.ts';
import { type KeySchema, asKey } from './keySchema.ts';
import { type Table, isTable, plainData } from './plainData.ts';
import { applyPreset } from './presets.ts';
import type { Problem } from './problem.ts';
import { type Needs, brokenRules } from './rules.ts';
import { publicNames } from './secretPaths.ts';
import { validation } from './validation.ts';

/** The configuration's schema, compiled once for the registered metric types. */
export interface CompiledConfig {
  readonly schema: KeySchema;
  /** The names of keys whose values may be shown. */
  readonly publicNames: ReadonlySet<string>;
  /** The effective configuration of decoded data (in the schema's form), or all its problems. */
  readonly effective: (
    data: Table,
    remoteInterval?: boolean,
  ) => { readonly config: Config } | { readonly problems: readonly Problem[] };
}

/**
 * Compiles the configuration's schema.
 *
 * @param sections the settings schema of each metric type, by type
 */
export function compileConfig(
  sections: Readonly<Record<string, TSchema>>,
  needs: Needs,
): CompiledConfig {
  const typed = configSchema(sections);
  const schema = asKey(typed);
  const types = Object.keys(sections);
  const check = validation(typed);
  return {
    schema,
    publicNames: publicNames(schema),
    effective: (source, remoteInterval = false) => {
      const inherited = inheritInterval(source, schema, types, remoteInterval);
      const data = plainData(applyPreset(inherited, source, schema, types)) as Table;
      const misfits = check(data);
      // The rules need a configuration that fits: what does not is left out for them, so that all is said at once.
      const fitting = misfits.length === 0 || (leaveOut(data, misfits) && check(data).length === 0);
      const config = assemble(data, types);
      const problems = [...misfits, ...(fitting ? brokenRules(config, schema, needs) : [])];
      return problems.length > 0 ? { problems } : { config };
    },
  };
}

/** Removes what does not fit, in place; false where that would renumber the servers. */
function leaveOut(data: Table, misfits: readonly Problem[]): boolean {
  return misfits.every(({ path }) => {
    const key = path.findLastIndex((part) => typeof part === 'string');
    if (path.length === 2 && path[0] === 'postgres') return false;
    const table = path.slice(0, key).reduce<unknown>((at, part) => (at as Table)[part], data);
    return isTable(table) ? Reflect.deleteProperty(table, path[key] ?? '') : true;
  });
}

/** Moves the sections of metric types below `sections`. */
function assemble(data: Table, types: readonly string[]): Config {
  const own = new Set(types);
  const isOwn = ([name]: [string, unknown]): boolean => own.has(name);
  // Ordinary objects from here on: every key is known now.
  const entries = Object.entries(structuredClone(data));
  return {
    ...Object.fromEntries(entries.filter((entry) => !isOwn(entry))),
    sections: Object.fromEntries(entries.filter(isOwn)) as Record<string, SectionSettings>,
  } as unknown as Config;
}
