/** What the texts of a column stand for. */
export interface Mapping {
  readonly column: string;
  readonly numbers: Readonly<Record<string, number>>;
}

/** The name of the column with the numbers. */
export const mappedName = (column: string): string => `${column}_value`;

/**
 * A query with a column of numbers behind its own for each mapping: what a text stands for, NULL for others. The query
 * becomes a subquery: one statement, its last semicolon left out; a comment at its end ends with its line.
 */
export function mappedSql(sql: string, mappings: readonly Mapping[]): string {
  const cases = mappings.map(({ column, numbers }) => {
    const whens = Object.entries(numbers).map(
      ([text, number]) => `WHEN '${text.replaceAll("'", "''")}' THEN ${number}`,
    );
    return `CASE q.${name(column)}::text ${whens.join(' ')} END::float8 AS ${name(mappedName(column))}`;
  });
  return `SELECT q.*, ${cases.join(', ')} FROM (\n${sql.trim().replace(/[;\s]+$/, '')}\n) AS q`;
}

const name = (column: string): string => `"${column.replaceAll('"', '""')}"`;
