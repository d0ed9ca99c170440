import { readFile } from 'node:fs/promises';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { metrics } from '../../scripts/configuration/metrics.ts';
import { sample } from '../../scripts/configuration/sample.ts';
import { withOverview } from '../../scripts/configuration/overview.ts';
import { tables } from '../../scripts/configuration/tables.ts';
import { configFormat } from '../../src/io/config/configFormat.ts';
import { dialect } from '../../src/schema/config/dialect.ts';
import { anyName, asKey, keySchema, leaves } from '../../src/schema/config/keySchema.ts';
import { type Table, equalData, isTable } from '../../src/schema/config/plainData.ts';
import { type Path, dotted } from '../../src/schema/config/problem.ts';
import { validation } from '../../src/schema/config/validation.ts';
import { configSchema } from '../../src/schema/config.ts';
import { registry, sectionsOf } from '../../src/sources/registry.ts';
import { configRules, localConfig } from '../../src/streams/config/localConfig.ts';
import { textOf } from '../support/configuration.ts';

const file = (name: string): Promise<string> =>
  readFile(new URL(`../../${name}`, import.meta.url), 'utf8');
const sections = sectionsOf(registry);
const typed = configSchema(sections);
const schema = asKey(typed);
const remedy = 'run: npx tsx scripts/configurationTable.ts';

function parsed(text: string): Table {
  const result = configFormat.parse(text);
  if ('problem' in result) throw new Error(result.problem);
  return dialect(result.data);
}

/** The keys that a configuration sets. */
function* keysOf(value: unknown, path: Path = []): Generator<{ path: Path; value: unknown }> {
  // A table of free names without tables in it is one key.
  if (isTable(value) && (path.length === 0 || keySchema(schema, path)?.properties)) {
    for (const key of Object.keys(value)) yield* keysOf(value[key], [...path, key]);
  } else if (Array.isArray(value) && value.some(isTable)) {
    for (const [index, item] of value.entries()) yield* keysOf(item, [...path, index]);
  } else yield { path, value };
}

describe('README', () => {
  it('has the table that the schema says', async () => {
    const readme = await file('README.md');
    expect(readme, remedy).toBe(withOverview(readme, schema));
    expect(readme).toContain('`interval = 15`*');
  });
});

describe('the sample configuration', () => {
  it('is what the schema says', async () => {
    expect(await file('config.toml.sample'), remedy).toBe(sample(schema));
  });

  it('is valid as it stands', async () => {
    const rules = configRules({
      sections,
      format: configFormat,
      environment: {},
      needs: { backend: true },
    });
    const local = await lastValueFrom(localConfig(textOf(await file('config.toml.sample')), rules));
    expect(local.config.postgres).toHaveLength(1);
    expect(local.warnings).toEqual([]);
  });

  it('names every key, and each with its default', async () => {
    const text = (await file('config.toml.sample')).replace(/^#(?=\S)/gm, '');
    const data = parsed(text);
    const keys = [...keysOf(data)];
    const known = [...leaves(schema)].map(({ path }) => dotted(path).replace(anyName, 'orders'));
    expect(keys.map(({ path }) => dotted(path)).sort()).toEqual(known.sort());
    for (const { path, value } of keys) {
      const fallback = keySchema(schema, path)?.default;
      if (fallback !== undefined) expect(equalData(value, fallback), dotted(path)).toBe(true);
    }
    // Every example fits its key, too.
    expect(validation(typed)(data)).toEqual([]);
  });
});

describe('docs/configuration.md', () => {
  it('is what the schema says', async () => {
    expect(await file('docs/configuration.md'), remedy).toBe(tables(schema));
  });

  it('has a row for every key', async () => {
    const text = await file('docs/configuration.md');
    for (const { path } of leaves(schema)) {
      const at = path.indexOf(anyName);
      const table = path.slice(0, Math.max(at + 1, 1)).join('.');
      const part = text.split(`## \`[${table}]\``)[1]?.split('\n## ')[0] ?? '';
      expect(part, dotted(path)).toContain(`| \`${String(path.at(-1))}\` |`);
    }
  });
});

describe('docs/metrics.md', () => {
  it('is what the schemas say', async () => {
    expect(await file('docs/metrics.md'), remedy).toBe(metrics(registry));
  });

  it('says of every field what it means', () => {
    const text = metrics(registry);
    const bare = [...text.matchAll(/^\| `([^`]+)` \| .* \| *\|$/gm)].map(([, name]) => name);
    expect(bare).toEqual([]);
  });
});
