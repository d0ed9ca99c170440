import type { TSchema } from '@sinclair/typebox';
import type { Json } from '../schema/json.ts';
import type { Column } from './column.ts';

/** A SELECT list made of the columns that exist here, and the reader of its rows. */
export interface Selection {
  /** `expression, expression, …`; `NULL` for what does not exist. */
  readonly sql: string;
  /** How many columns. */
  readonly width: number;
  /** The row as an object with every declared field, in the order of their declaration. */
  readonly read: (row: readonly (string | null)[]) => Record<string, Json>;
}

/**
 * Builds the SELECT list for a server from declared columns.
 *
 * @param has - Whether the server has a `view.column`. A column that needs another one is null.
 * @param offset - How many columns stand before it in the row. Default: 0.
 */
export function selection(
  columns: Readonly<Record<string, Column>>,
  has: (need: string) => boolean,
  offset = 0,
): Selection {
  const entries = Object.entries(columns);
  return {
    sql: entries
      .map(([, column]) =>
        [column, column.instead].find((place) => place?.needs.every((need) => has(need))),
      )
      .map((place) => place?.sql ?? 'NULL')
      .join(', '),
    width: entries.length,
    read: (row) => {
      const fields: Record<string, Json> = {};
      for (let index = 0; index < entries.length; index++) {
        const [name, column] = entries[index] as (typeof entries)[number];
        fields[name] = column.parse(row[index + offset] ?? null);
      }
      return fields;
    },
  };
}

/** The schema fields of declared columns. */
export const fieldsOf = <N extends string>(
  columns: Readonly<Record<N, Column>>,
): Record<N, TSchema> =>
  Object.fromEntries(
    Object.entries<Column>(columns).map(([name, { field }]) => [name, field]),
  ) as Record<N, TSchema>;
