/** The first keyword of a read, after blanks. */
const keyword = /^\s*(?:SELECT|WITH)\b/i;

/**
 * Marks a statement as ours: `SELECT /* pganalytics:<source> *​/ …`. After the first keyword the comment survives the
 * normalisation of `pg_stat_statements` on every version.
 *
 * @param name the query's name, `<source>/<what>`; only the source is marked, so that one statement has one entry
 * @throws TypeError where the statement is no read, or the name could end the comment
 */
export function mark(name: string, sql: string): string {
  const source = name.split('/', 1)[0] ?? '';
  if (!/^\w+$/.test(source)) throw new TypeError(`"${name}" is no name of a query`);
  const found = keyword.exec(sql);
  if (!found) throw new TypeError(`${name}: a read starts with SELECT or WITH`);
  const end = found[0].length;
  return `${sql.slice(0, end)} /* pganalytics:${source} */${sql.slice(end)}`;
}
