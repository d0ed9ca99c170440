import type { ImportedQuery } from './imported.ts';

/** One query as a table of the configuration file. */
export const tomlOf = ({ name, sql, columns, keys }: ImportedQuery): string =>
  [
    `[custom.${name
      .replace(/[^\w-]/g, '_')
      .replace(/^(?=[\d-])/, '_')
      .slice(0, 63)}]`,
    `sql = ${textOf(sql.trim())}`,
    ...(Object.keys(columns).length > 0
      ? [
          `columns = { ${Object.entries(columns)
            .map(([column, kind]) => `${JSON.stringify(column)} = "${kind}"`)
            .join(', ')} }`,
        ]
      : []),
    ...Object.entries(keys).map(([key, value]) => `${key} = ${JSON.stringify(value)}`),
    '',
  ].join('\n');

/** A string of TOML; `${` is escaped, since the file's variables begin so. */
function textOf(sql: string): string {
  const text = sql.replaceAll('\r\n', '\n').replaceAll('${', () => '$${');
  // Control characters need escapes, which strings in three quotes have not.
  const plain =
    !text.includes("'''") && !text.endsWith("'") && !/[\0-\x08\x0b-\x1f\x7f]/.test(text);
  return text.includes('\n') && plain
    ? `'''\n${text}'''`
    : JSON.stringify(text).replaceAll('\x7f', '\\u007f');
}
