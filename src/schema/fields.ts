import type { Static, TObject, TProperties, TSchema } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';

/**
 * A 64-bit integer: a safe JavaScript integer, or its decimal digits where it is beyond ±(2^53 − 1). The encoder
 * writes both as a bare JSON integer (see `codec`). The JSON Schema keyword `int64` is ours.
 */
export type Int64 = number | string;

/** A 64-bit integer. PostgreSQL: `bigint`, and `numeric` where it holds whole numbers. */
export const int64 = (description: string) =>
  Type.Unsafe<Int64>({ type: ['integer', 'string'], int64: true, description });

/** Any number: a double, or the digits of a 64-bit integer beyond ±(2^53 − 1). For values whose type is not ours. */
export const numeric = (description: string) =>
  Type.Unsafe<number | string>({ type: ['number', 'string'], int64: true, description });

/**
 * A number that only rises until it starts anew, by a reset, a restart or an overflow: its rise over time is what it says.
 * The keyword is ours; views show the rate beside it.
 */
export const cumulative = <T extends TSchema>(field: T): T => ({ ...field, counter: true });

/** An integer that always fits a double. PostgreSQL: `integer`, `oid`, counts made by the agent. */
export const integer = (description: string) => Type.Integer({ description });

/** A finite number. PostgreSQL: `double precision`, `numeric` with a fraction. */
export const number = (description: string) => Type.Number({ description });

/** Any text. Enumerations of PostgreSQL are open-world strings too. */
export const text = (description: string) => Type.String({ description });

/** Yes or no. */
export const flag = (description: string) => Type.Boolean({ description });

/** A moment: ISO 8601, UTC, `2026-01-02T03:04:05.678Z`; PostgreSQL's microseconds are kept where they are known. */
export const moment = (description: string) =>
  Type.String({
    description,
    pattern: '^\\d{4,6}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,6})?Z$',
  });

/** One of a closed list of words that are ours (never PostgreSQL's: those are open-world). */
export const oneOf = <const W extends readonly string[]>(words: W, description: string) =>
  Type.Unsafe<W[number]>({ type: 'string', enum: [...words], description });

/** The same field, or null where it does not apply, was not measured or may not be seen. Never 0 instead. */
export const nullable = <T extends TSchema>(field: T) => {
  const { type, enum: words } = field as { type?: string | string[]; enum?: unknown[] };
  if (type === undefined) throw new TypeError('nullable() needs a field with a type');
  return Type.Unsafe<Static<T> | null>({
    ...field,
    type: [type, 'null'].flat(),
    ...(words && { enum: [...words, null] }),
  });
};

/** A closed object: a field that is not declared is an error. */
export const record = <P extends TProperties>(fields: P, description = ''): TObject<P> =>
  Type.Object(fields, { additionalProperties: false, ...(description && { description }) });

/**
 * A list of closed objects or values.
 *
 * @param key the fields that tell an item from the others in each reading, so that its counters can be followed. The keyword
 * is ours.
 */
export const list = <T extends TSchema>(items: T, description: string, ...key: readonly string[]) =>
  Type.Array(items, { description, ...(key.length > 0 && { key }) });

/** An object whose names are data: each has a value of this kind. */
export const named = <T extends TSchema>(values: T, description: string) =>
  Type.Unsafe<Readonly<Record<string, Static<T>>>>(
    Type.Object({}, { additionalProperties: values, description }),
  );

/** The field may be left out. */
export const optional = <T extends TSchema>(field: T) => Type.Optional(field);
