import { nearest } from '../schema/config/nearest.ts';
import { registry } from '../sources/registry.ts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly const?: unknown;
}

/** The fields of all metrics, as dotted paths; items of a list are named by the list: `tables.seq_scan`. */
export interface MetricFields {
  readonly has: (path: string) => boolean;
  /** The types that have one of the fields. */
  readonly typesWith: (paths: readonly string[]) => string[];
  /** The field that is most likely meant by one that there is not. */
  readonly meant: (path: string) => string | undefined;
}

/** Reads them from the schemas of all sources; meant for the start of a tap. */
export function metricFields(): MetricFields {
  const byType = new Map(
    registry
      .flatMap(({ metrics }) => metrics as unknown as readonly Schema[])
      .map((schema) => [String(schema.properties?.['type']?.const), new Set(paths(schema, ''))]),
  );
  const all = [...new Set([...byType.values()].flatMap((fields) => [...fields]))];
  const known = new Set(all);
  const last = (path: string): string => path.slice(path.lastIndexOf('.') + 1);
  return {
    has: (path) => known.has(plain(path)),
    typesWith: (wanted) =>
      [...byType]
        .filter(([, fields]) => wanted.some((path) => fields.has(plain(path))))
        .map(([type]) => type),
    meant: (path) => {
      const name = last(path);
      const inside = all.find((each) => last(each) === name);
      if (inside !== undefined) return inside;
      const whole = nearest(plain(path), all);
      if (whole !== undefined) return whole;
      const word = nearest(name, [...new Set(all.map(last))]);
      return all.find((each) => last(each) === word);
    },
  };
}

/** Numbers count into lists: `tables.0.name` is a field of their items. */
const plain = (path: string): string =>
  path
    .split('.')
    .filter((part) => !/^\d+$/.test(part))
    .join('.');

function* paths({ properties = {}, items }: Schema, prefix: string): Generator<string> {
  if (items) yield* paths(items, prefix);
  for (const [name, field] of Object.entries(properties)) {
    yield prefix + name;
    yield* paths(field, `${prefix}${name}.`);
  }
}
