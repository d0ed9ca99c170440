import type { Json } from '../schema/json.ts';
import type { Metric } from '../schema/metric.ts';
import { registry } from '../sources/registry.ts';
import type { Declared } from '../tap/declared.ts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly counter?: boolean;
  readonly key?: readonly string[];
  readonly const?: unknown;
}

/** What the schemas of all sources say of their fields; meant for the start of a tap. */
export function declaredFields(): Declared {
  const counters = new Map<string, ReadonlySet<string>>();
  const keys = new Map<string, readonly string[]>();
  for (const schema of registry.flatMap(({ metrics }) => metrics as unknown as Schema[])) {
    const type = String(schema.properties?.['type']?.const);
    const found = new Set<string>();
    for (const [path, { counter, key }] of fields(schema, '')) {
      if (counter) found.add(path);
      if (key) keys.set(`${type} ${path}`, key);
    }
    counters.set(type, found);
  }
  return {
    isCounter: (metric, path) =>
      metric.type === 'custom'
        ? isOwn(metric, path)
        : counters.get(metric.type)?.has(path) === true,
    keyOf: (type, list) => keys.get(`${type} ${list}`),
  };
}

/** Which columns of one's own query count up is said beside them. */
function isOwn({ columns }: Metric, path: string): boolean {
  const [, column] = /^rows\.values\.(.*)$/.exec(path) ?? [];
  if (column === undefined || !Array.isArray(columns)) return false;
  return (columns as readonly Readonly<Record<string, Json>>[]).some(
    ({ name, kind }) => name === column && kind === 'counter',
  );
}

function* fields(
  { properties = {} }: Schema,
  prefix: string,
): Generator<readonly [string, Schema]> {
  for (const [name, field] of Object.entries(properties)) {
    const path = prefix + name;
    yield [path, field];
    yield* fields(field.items ?? field, `${path}.`);
  }
}
