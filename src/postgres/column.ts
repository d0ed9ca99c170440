import type { TSchema } from '@sinclair/typebox';
import * as fields from '../schema/fields.ts';
import type { Json } from '../schema/json.ts';
import { jsonBytes } from '../schema/jsonBytes.ts';
import * as values from './values.ts';

/** Where a field comes from, what it means and how it is read: one declaration for SQL, JSON Schema and value. */
export interface Column {
  /** The SQL expression. */
  readonly sql: string;
  /** `view.column`s that must exist; where one is missing, `instead` is taken, or the field is null. */
  readonly needs: readonly string[];
  /** Where older or newer versions have it. */
  readonly instead?: Pick<Column, 'sql' | 'needs'>;
  /** Always nullable: NULL stays null and never becomes 0. */
  readonly field: TSchema;
  readonly parse: (value: string | null) => Json;
  /** How many bytes what is parsed of a text has as JSON at most. */
  readonly bytes: (value: string) => number;
}

/** Digits as they stand. */
const asLong: Column['bytes'] = ({ length }) => length;
/** A fraction as the longest one: the server writes 1e+20 where JSON has 21 digits. */
const anyNumber: Column['bytes'] = () => 25;

/** Declares the columns of one kind: `(sql, description, ...needs)`. */
const kind =
  (schema: (description: string) => TSchema, parse: Column['parse'], bytes = asLong) =>
  (sql: string, description: string, ...needs: readonly string[]): Column => ({
    sql,
    needs,
    field: fields.nullable(schema(description)),
    parse,
    bytes,
  });

/** `bigint`, and `numeric` that holds whole numbers: exact beyond 2^53. */
export const bigint = kind(fields.int64, values.int64);
/** `bigint` that only rises until it is reset. */
export const counter = kind(
  (description) => fields.cumulative(fields.int64(description)),
  values.int64,
);
/** `integer`, `oid`, `xid`. */
export const int = kind(fields.integer, values.int64);
/** `double precision`; NaN and the infinities are null. */
export const float = kind(fields.number, values.float, anyNumber);
/** `double precision` that only rises until it is reset: a sum of times. */
export const rising = kind(
  (description) => fields.cumulative(fields.number(description)),
  values.float,
  anyNumber,
);
/** `text`, `name`, `pg_lsn`. */
export const words = kind(fields.text, (value) => value, jsonBytes);
/** `boolean`. */
export const bool = kind(fields.flag, values.bool, () => 5);
/** `timestamptz` as ISO 8601 in UTC; the infinities are null. */
export const time = kind(fields.moment, values.timestamp, ({ length }) => length + 3);

/** The same field from another place on versions that lack what the column needs. */
export const or = (column: Column, sql: string, ...needs: readonly string[]): Column => ({
  ...column,
  instead: { sql, needs },
});
