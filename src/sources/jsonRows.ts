import type { Column } from '../postgres/column.ts';
import { selection } from '../postgres/selection.ts';
import type { Json } from '../schema/json.ts';

/** The rows of a view as one column of JSON, so that one statement reads several views. */
export interface JsonRows {
  /** A subselect: `[[text, …], …]`; NULL where there are no rows. */
  readonly sql: string;
  readonly read: (json: string | null) => Record<string, Json>[];
}

/** Where the rows come from. */
export interface Views {
  /** Behind FROM. */
  readonly from: string;
  /** The views by their letters; see `selection`. */
  readonly aliases: Readonly<Record<string, string>>;
}

/** Each value travels as the server's text for it, exact, as in a row; `yes` writes booleans as rows do. */
export function jsonRows(
  columns: Readonly<Record<string, Column>>,
  has: (need: string) => boolean,
  { from, aliases }: Views,
): JsonRows {
  const { expressions, read } = selection(columns, has, 0, aliases);
  const values = expressions.map((expression) => `(${expression})::text`).join(', ');
  return {
    sql: `(SELECT json_agg(json_build_array(${values})) FROM ${from})`,
    read: (json) => (JSON.parse(json ?? '[]') as (string | null)[][]).map(read),
  };
}

/** A boolean as `t` or `f`: `::text` would spell it out. */
export const yes = (expression: string): string =>
  `CASE WHEN ${expression} THEN 't' WHEN NOT ${expression} THEN 'f' END`;
