import { readFile, writeFile } from 'node:fs/promises';
import { configSchema } from '../src/schema/config.ts';
import { asKey } from '../src/schema/config/keySchema.ts';
import { registry, sectionsOf } from '../src/sources/registry.ts';
import { withOverview } from './configuration/overview.ts';
import { metrics } from './configuration/metrics.ts';
import { sample } from './configuration/sample.ts';
import { tables } from './configuration/tables.ts';

// Writes config.toml.sample, docs/configuration.md, docs/metrics.md and the table in README.md from the schema and the registered sources.

const schema = asKey(configSchema(sectionsOf(registry)));
const root = new URL('../', import.meta.url);
await writeFile(new URL('config.toml.sample', root), sample(schema));
await writeFile(new URL('docs/configuration.md', root), tables(schema));
await writeFile(new URL('docs/metrics.md', root), metrics(registry));
const readme = new URL('README.md', root);
await writeFile(readme, withOverview(await readFile(readme, 'utf8'), schema));
