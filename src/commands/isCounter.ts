import { registry } from '../sources/registry.ts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly int64?: boolean;
  readonly const?: unknown;
}

/** Whole numbers that rise and fall. */
const GAUGES = /size|age|max|hash|live|dead|count$|pages|_id$|oid/;
/** Fractions that only rise. */
const TIMES = /(^|_)time$|_time_/;
const MEANS = /mean|min|max|stddev/;

/**
 * Whether a field of a type counts up: a 64-bit integer that is no size, age or limit, or a sum of times. Items of a list
 * are named by the list: `tables.seq_scan`.
 */
export function isCounter(): (type: string, field: string) => boolean {
  const counters = new Map(
    registry
      .flatMap(({ metrics }) => metrics as unknown as readonly Schema[])
      .map((schema) => [String(schema.properties?.['type']?.const), new Set(names(schema, ''))]),
  );
  return (type, field) => counters.get(type)?.has(field) ?? false;
}

function* names({ properties = {} }: Schema, prefix: string): Generator<string> {
  for (const [name, field] of Object.entries(properties)) {
    const path = prefix + name;
    if (field.items) yield* names(field.items, `${path}.`);
    else if (field.properties) yield* names(field, `${path}.`);
    else if (counts(name, field)) yield path;
  }
}

const counts = (name: string, field: Schema): boolean =>
  field.int64 === true ? !GAUGES.test(name) : TIMES.test(name) && !MEANS.test(name);
