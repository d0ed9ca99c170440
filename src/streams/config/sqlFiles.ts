import { type Observable, catchError, concatMap, from, map, of, reduce } from 'rxjs';
import { messageOf } from '../../errors.ts';
import { type Table, emptyTable, isTable } from '../../schema/config/plainData.ts';
import type { Problem } from '../../schema/config/problem.ts';

/** Data with the statements of files filled in. */
export interface WithSql {
  readonly data: Table;
  readonly problems: readonly Problem[];
}

/**
 * Reads each `sql_file` of `[custom.<name>]` into `sql`. A file that cannot be read is a problem, as is a query that has both.
 * What a file holds is taken as it is: `${NAME}` in it means nothing. Changes nothing in place.
 */
export function withSqlFiles(
  source: Table,
  read: (path: string) => Observable<string>,
): Observable<WithSql> {
  const { custom } = source;
  const start: WithSql = { data: source, problems: [] };
  if (!isTable(custom)) return of(start);
  return from(Object.entries(custom)).pipe(
    concatMap(([name, query]) => {
      const path = isTable(query) ? query['sql_file'] : undefined;
      if (!isTable(query) || typeof path !== 'string') return [];
      const problem = (message: string): Problem => ({
        path: ['custom', name, 'sql_file'],
        at: 'value',
        message,
      });
      if (query['sql'] !== undefined) return [problem('set either sql or sql_file, not both')];
      // A path that is not absolute is refused by the rules.
      if (!path.startsWith('/')) return [];
      return read(path).pipe(
        map((sql) => ({ name, query: Object.assign(emptyTable(), query, { sql }) })),
        catchError((error: unknown) => of(problem(messageOf(error)))),
      );
    }),
    reduce((sum, found): WithSql => {
      if ('message' in found) return { ...sum, problems: [...sum.problems, found] };
      const queries = Object.assign(emptyTable(), sum.data['custom'], {
        [found.name]: found.query,
      });
      return { ...sum, data: Object.assign(emptyTable(), sum.data, { custom: queries }) };
    }, start),
  );
}
