import type { Json } from '../schema/json.ts';

/** The value at a path, of own properties alone; null where there is none. A number counts into a list, from 0. */
export function valueAt(value: Json, path: readonly string[]): Json {
  let at: Json = value;
  for (const part of path) {
    if (typeof at !== 'object' || at === null || part === 'length' || !Object.hasOwn(at, part)) {
      return null;
    }
    at = (at as Readonly<Record<string, Json>>)[part] ?? null;
  }
  return at;
}
