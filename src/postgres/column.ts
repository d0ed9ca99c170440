import type { TSchema } from '@sinclair/typebox';
import * as fields from '../schema/fields.ts';
import type { Json } from '../schema/json.ts';
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
}

/** Declares the columns of one kind: `(sql, description, ...needs)`. */
const kind =
  (schema: (description: string) => TSchema, parse: Column['parse']) =>
  (sql: string, description: string, ...needs: readonly string[]): Column => ({
    sql,
    needs,
    field: fields.nullable(schema(description)),
    parse,
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
export const float = kind(fields.number, values.float);
/** `double precision` that only rises until it is reset: a sum of times. */
export const rising = kind(
  (description) => fields.cumulative(fields.number(description)),
  values.float,
);
/** `text`, `name`, `pg_lsn`. */
export const words = kind(fields.text, (value) => value);
/** `boolean`. */
export const bool = kind(fields.flag, values.bool);
/** `timestamptz` as ISO 8601 in UTC; the infinities are null. */
export const time = kind(fields.moment, values.timestamp);

/** The same field from another place on versions that lack what the column needs. */
export const or = (column: Column, sql: string, ...needs: readonly string[]): Column => ({
  ...column,
  instead: { sql, needs },
});
