import { type Table, emptyTable, isTable } from './plainData.ts';

/**
 * The dialect of configuration files brought into the one form that the schema describes:
 *
 * - `[postgres]` becomes a list of one server, as `[[postgres]]` is;
 * - `databases` and `exclude_databases` as a comma string become lists; `"*"` becomes `["*"]`.
 *
 * What is of a wrong type stays as it is, for the schema to refuse. Changes nothing in place.
 */
export function dialect(data: Table): Table {
  const result = Object.assign(emptyTable(), data);
  if (!Object.hasOwn(data, 'postgres')) return result;
  const { postgres } = data;
  const servers: unknown[] = Array.isArray(postgres) ? postgres : [postgres];
  // A value that is no table keeps its own path in the errors.
  if (isTable(postgres) || Array.isArray(postgres)) result['postgres'] = servers.map(server);
  return result;
}

function server(value: unknown): unknown {
  if (!isTable(value)) return value;
  const result = Object.assign(emptyTable(), value);
  for (const key of ['databases', 'exclude_databases']) {
    const names = result[key];
    if (typeof names === 'string') result[key] = words(names);
  }
  return result;
}

const words = (text: string): string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
