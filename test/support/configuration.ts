import { type TSchema, Type } from '@sinclair/typebox';
import { type Observable, lastValueFrom, of } from 'rxjs';
import { ConfigError } from '../../src/errors.ts';
import { configFormat } from '../../src/io/config/configFormat.ts';
import type { ConfigFormat, ConfigText } from '../../src/ports/configFile.ts';
import { section } from '../../src/schema/section.ts';
import {
  type ConfigRules,
  type LocalConfig,
  configRules,
  localConfig,
} from '../../src/streams/config/localConfig.ts';

/** Sections of three metric types: cheap, with keys of its own, and off by default. */
export const sections: Readonly<Record<string, TSchema>> = {
  sysstat: section('load of the host', { default: 15 }),
  pg_stats: section(
    'tables',
    { default: 60, minimum: 10, remoteMinimum: 60 },
    {
      max_tables: Type.Integer({
        description: 'tables',
        default: 500,
        minimum: 1,
        maximum: 10_000,
        remote: true,
        remoteMaximum: 1_000,
      }),
      helper: Type.Optional(Type.String({ description: 'a local matter' })),
    },
  ),
  heartbeats: section('has a greatest interval', { default: 60, maximum: 240 }),
  pg_bloat: section('bloat', { default: 21_600, remoteMinimum: 300, enabled: false }),
};

/** Rules over `sections`, with an environment. */
export const rulesWith = (
  environment: Readonly<Record<string, string>> = {},
  backend = false,
): ConfigRules => configRules({ sections, format: configFormat, environment, needs: { backend } });

/** As the configuration file's port gives it. */
export const textOf = (text: string, set: Partial<ConfigText> = {}): ConfigText => ({
  name: 'collector.toml',
  text,
  origin: 'start',
  exposed: false,
  ...set,
});

const plain = rulesWith();

/** The local configuration of a text. */
export const localOf = (text: string, rules = plain): Promise<LocalConfig> =>
  lastValueFrom(localConfig(textOf(text), rules));

/** The problems of what must not be usable. */
export async function problemsOf(work: Observable<unknown>): Promise<readonly string[]> {
  try {
    await lastValueFrom(work, { defaultValue: undefined });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

/** Rules for virtual time: places of keys are not looked up. */
export function rulesInVirtualTime(): ConfigRules {
  const format: ConfigFormat = { ...configFormat, places: () => of(new Map()) };
  return { ...rulesWith(), format };
}
