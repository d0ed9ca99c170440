import type { TSchema } from '@sinclair/typebox';
import type { Json } from '../schema/json.ts';
import { jsonBytes } from '../schema/jsonBytes.ts';
import type { Column } from './column.ts';

/** A SELECT list made of the columns that exist here, and the reader of its rows. */
export interface Selection {
  /** `expression, expression, …`; `NULL` for what does not exist. */
  readonly sql: string;
  /** The same, one by one. */
  readonly expressions: readonly string[];
  /** How many columns. */
  readonly width: number;
  /** The row as an object with every declared field, in the order of their declaration. */
  readonly read: (row: readonly (string | null)[]) => Record<string, Json>;
  /** How many bytes that object has as JSON at most. */
  readonly bytes: (row: readonly (string | null)[]) => number;
}

/**
 * Builds the SELECT list for a server from declared columns.
 *
 * @param has - Whether the server has a `view.column`. A column that needs another one is null.
 * @param offset - How many columns stand before it in the row. Default: 0.
 * @param aliases - What single letters stand for in the SQL: `{ d: 'pg_stat_database' }`. A column that names one of its
 * columns, or a function `pg_stat_get_…()`, needs that too: what was renamed or revoked costs only itself.
 */
export function selection(
  columns: Readonly<Record<string, Column>>,
  has: (need: string) => boolean,
  offset = 0,
  aliases: Readonly<Record<string, string>> = {},
): Selection {
  const isThere = ({ sql, needs }: Pick<Column, 'sql' | 'needs'>): boolean =>
    needs.every((need) => has(need)) && named(sql, aliases).every((need) => has(need));
  const entries = Object.entries(columns);
  const expressions = entries
    .map(([, column]) =>
      [column, column.instead].find((place) => place !== undefined && isThere(place)),
    )
    .map((place) => place?.sql ?? 'NULL');
  const names = jsonBytes(Object.fromEntries(entries.map(([name]) => [name, ''])));
  return {
    sql: expressions.join(', '),
    expressions,
    width: entries.length,
    read: (row) => {
      const fields: Record<string, Json> = {};
      for (let index = 0; index < entries.length; index++) {
        const [name, column] = entries[index] as (typeof entries)[number];
        fields[name] = column.parse(row[index + offset] ?? null);
      }
      return fields;
    },
    bytes: (row) => {
      let bytes = names;
      for (let index = 0; index < entries.length; index++) {
        const value = row[index + offset] ?? null;
        bytes += value === null ? 4 : (entries[index] as (typeof entries)[number])[1].bytes(value);
      }
      return bytes;
    },
  };
}

/** The columns and functions that an expression names. */
const named = (sql: string, aliases: Readonly<Record<string, string>>): string[] => [
  ...[...sql.matchAll(/\bpg_stat_get_\w+(?=\()/g)].map(([call]) => `${call}()`),
  ...[...sql.matchAll(/(?<![\w.'])([a-z])\.(\w+)/g)].flatMap(([, alias = '', column = '']) =>
    Object.hasOwn(aliases, alias) ? [`${aliases[alias] ?? ''}.${column}`] : [],
  ),
];

/** The schema fields of declared columns. */
export const fieldsOf = <N extends string>(
  columns: Readonly<Record<N, Column>>,
): Record<N, TSchema> =>
  Object.fromEntries(
    Object.entries<Column>(columns).map(([name, { field }]) => [name, field]),
  ) as Record<N, TSchema>;
