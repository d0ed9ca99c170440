import type { Json } from '../schema/json.ts';
import { type TapRecord } from './recordOf.ts';
import { valueAt } from './valueAt.ts';

/** The fields of a record that are asked for, by dotted path; undefined where it has none of them. */
export function project(record: TapRecord, fields: readonly string[]): TapRecord | undefined {
  const found = fields.map((field) => [field, reach(record, field.split('.'))] as const);
  return found.every(([, value]) => value === undefined)
    ? undefined
    : Object.fromEntries(found.map(([field, value]) => [field, value ?? null]));
}

/** The value at a path; through a list the list of its items' values. Undefined where there is nothing of that name. */
function reach(value: Json, path: readonly string[]): Json | undefined {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const isIndex = /^\d+$/.test(first);
  if (isList(value) && !isIndex) {
    const found = value.map((item) => reach(item, path));
    return found.every((each) => each === undefined)
      ? undefined
      : found.map((each) => each ?? null);
  }
  return Object.hasOwn(value, first) ? reach(valueAt(value, [first]), rest) : undefined;
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
