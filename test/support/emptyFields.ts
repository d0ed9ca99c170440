import type { MetricSchema } from '../../src/schema/metric.ts';

/** What of a JSON Schema is asked here. */
interface Field {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Field>>;
  readonly items?: Field;
}

/** The place of a field in its type: `tables[].last_vacuum`. */
const below = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

/** Marks each place where a value is something: not null, not left out, and of a list not empty. */
function mark(filled: Set<string>, path: string, value: unknown): void {
  if (value === null || value === undefined) return;
  if (Array.isArray(value)) {
    if (value.length > 0) filled.add(`${path}[]`);
    for (const item of value) mark(filled, `${path}[]`, item);
    return;
  }
  filled.add(path);
  if (typeof value !== 'object') return;
  for (const [name, inner] of Object.entries(value)) mark(filled, below(path, name), inner);
}

/** Lists each place of a schema, those of an empty list by the list alone. */
function places(field: Field, path: string, filled: ReadonlySet<string>): string[] {
  const { properties = {}, items } = field;
  if (items !== undefined) {
    const list = `${path}[]`;
    return filled.has(list) ? places(items, list, filled) : [list];
  }
  if (path !== '' && !filled.has(path) && !path.endsWith('[]')) return [path];
  return Object.entries(properties).flatMap(([name, inner]) =>
    places(inner, below(path, name), filled),
  );
}

/**
 * The declared fields of a type that no metric filled: null or left out in every one, lists that were always empty. What
 * an object or list holds is not listed beside itself.
 */
export function emptyFields(
  schemas: readonly MetricSchema[],
  metrics: readonly { readonly type: string }[],
): string[] {
  return schemas.flatMap((schema) => {
    const type = String(schema.properties['type']!.const);
    const filled = new Set<string>();
    for (const metric of metrics) if (metric.type === type) mark(filled, '', metric);
    return places(schema as Field, '', filled).map((path) => `${type} ${path}`);
  });
}
