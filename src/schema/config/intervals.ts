import { type KeySchema, keySchema } from './keySchema.ts';
import { type Table, emptyTable, isTable } from './plainData.ts';

/**
 * Gives `[collector] interval` to every section of a metric type that has one and sets none of its own, brought within
 * what the section takes. Changes nothing in place.
 *
 * @param remote whether the interval was pulled: then the section's `remoteMinimum` holds too
 */
export function inheritInterval(
  data: Table,
  schema: KeySchema,
  types: readonly string[],
  remote: boolean,
): Table {
  const collector = data['collector'];
  const interval = isTable(collector) ? collector['interval'] : undefined;
  if (typeof interval !== 'number') return data;
  const result = Object.assign(emptyTable(), data);
  for (const type of types) {
    const key = keySchema(schema, [type, 'interval']);
    const section = result[type] ?? emptyTable();
    if (key?.type !== 'number' || !isTable(section) || section['interval'] !== undefined) continue;
    const least = Math.max(key.minimum ?? 0, remote ? (key.remoteMinimum ?? 0) : 0);
    const most = Math.min(
      key.maximum ?? Infinity,
      remote ? (key.remoteMaximum ?? Infinity) : Infinity,
    );
    const fitting = Math.min(Math.max(interval, least), most);
    result[type] = Object.assign(emptyTable(), section, { interval: fitting });
  }
  return result;
}
