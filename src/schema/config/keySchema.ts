import type { TSchema } from '@sinclair/typebox';
import type { KeyOptions, SectionPresets } from '../section.ts';
import type { Path } from './problem.ts';

/** What the configuration's functions read of a schema: JSON Schema and our annotations. */
export interface KeySchema extends Partial<KeyOptions> {
  readonly type?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, KeySchema>>;
  /** Of every key that `properties` does not name, where that is a schema: then the names are free. */
  readonly additionalProperties?: boolean | KeySchema;
  readonly items?: KeySchema;
  /** Of a section: what presets change. */
  readonly presets?: SectionPresets;
}

/** A schema, seen as what it says about a key. */
export const asKey = (schema: TSchema): KeySchema => schema;

/** Stands in paths of `leaves` for a name that is free. */
export const anyName = '<name>';

/** The schema of a table's keys with free names; undefined where there are none. */
export const freeKeys = ({ additionalProperties }: KeySchema): KeySchema | undefined =>
  typeof additionalProperties === 'object' ? additionalProperties : undefined;

/** The schema of the key at a path; undefined where no such key is known. */
export function keySchema(schema: KeySchema, path: Path): KeySchema | undefined {
  return path.reduce<KeySchema | undefined>((at, part) => {
    if (at === undefined) return undefined;
    if (typeof part === 'number') return at.items;
    const { properties = {} } = at;
    return Object.hasOwn(properties, part) ? properties[part] : freeKeys(at);
  }, schema);
}

/**
 * Every key of a schema that is no table: its path and its schema. Lists of tables count as index 0, tables with free names
 * as `anyName`; a table of free names without tables in it is one key.
 */
export function* leaves(
  schema: KeySchema,
  path: Path = [],
): Generator<{ readonly path: Path; readonly key: KeySchema }> {
  for (const [name, key] of Object.entries(schema.properties ?? {})) {
    const here = [...path, name];
    if (key.properties) yield* leaves(key, here);
    else if (key.items?.properties) yield* leaves(key.items, [...here, 0]);
    else yield { path: here, key };
  }
  const free = freeKeys(schema);
  if (free?.properties) yield* leaves(free, [...path, anyName]);
}

/** What a key expects, in words: `a number from 1 to 240 (s)`, `one of "auto", "gzip", "none"`. */
export function expected(key: KeySchema): string {
  if (key.enum) return `one of ${key.enum.map((word) => `"${word}"`).join(', ')}`;
  const unit = key.unit === undefined ? '' : ` (${key.unit})`;
  switch (key.type) {
    case 'boolean':
      return 'true or false';
    case 'integer':
    case 'number':
      return `${key.type === 'integer' ? 'a whole number' : 'a number'}${range(key.minimum, key.maximum)}${unit}`;
    case 'array':
      return key.items?.properties ? 'a table, or several as [[…]]' : 'a list of strings';
    case 'object': {
      const free = freeKeys(key);
      return free?.enum ? `a table: name = ${expected(free)}` : 'a table';
    }
    default:
      if (key.pattern === '^https?://') return 'an address that starts with https://';
      if (key.path) return 'an absolute path in quotes';
      return `a string in quotes${length(key.minLength, key.maxLength)}`;
  }
}

const range = (least?: number, greatest?: number): string =>
  least !== undefined && greatest !== undefined
    ? ` from ${least} to ${greatest}`
    : least !== undefined
      ? ` of at least ${least}`
      : greatest !== undefined
        ? ` of at most ${greatest}`
        : '';

const length = (least = 0, greatest?: number): string =>
  greatest !== undefined
    ? ` of ${least} to ${greatest} characters`
    : least > 0
      ? ', not empty'
      : '';
