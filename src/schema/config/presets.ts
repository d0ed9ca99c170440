import { type KeySchema, keySchema } from './keySchema.ts';
import { type Table, emptyTable, isTable } from './plainData.ts';

/**
 * Lays what `[collector] preset` says below the sections of the metric types: whatever the file says itself wins, and a
 * section that it has is on unless it says otherwise. Changes nothing in place.
 *
 * @param written the data as it was written: what the file says itself
 * @param data the same with what was inherited meanwhile
 */
export function applyPreset(
  data: Table,
  written: Table,
  schema: KeySchema,
  types: readonly string[],
): Table {
  const collector = written['collector'];
  const preset = isTable(collector) ? collector['preset'] : undefined;
  if (typeof preset !== 'string') return data;
  const result = Object.assign(emptyTable(), data);
  for (const type of types) {
    const presets = keySchema(schema, [type])?.presets ?? {};
    if (!Object.hasOwn(presets, preset)) continue;
    const own = result[type] ?? emptyTable();
    if (!isTable(own)) continue;
    const laid = Object.assign(emptyTable(), presets[preset as 'minimal'], own);
    if (written[type] !== undefined && own['enabled'] === undefined) delete laid['enabled'];
    result[type] = laid;
  }
  return result;
}
