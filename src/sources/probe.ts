import {
  type Observable,
  catchError,
  concat,
  concatMap,
  forkJoin,
  map,
  of,
  reduce,
  switchMap,
  takeWhile,
  throwError,
} from 'rxjs';
import { OtherServerError, QueryError } from '../errors.ts';
import type { Query, Row, Server } from '../ports/server.ts';
import {
  type ServerFacts,
  candidatesSql,
  catalogSql,
  controlSql,
  isReadable,
  isSameStart,
  mayReadControl,
  probedSettings,
  serverFacts,
  serverSql,
  startOf,
  statementsHere,
  statementsSql,
} from '../postgres/facts.ts';
import type { ServerSettings } from '../schema/config.ts';
import { wantedDatabases } from './wantedDatabases.ts';

const timeoutMs = 5000;
/** Where else to look for `pg_stat_statements`: each database costs a connection. */
const maxDatabases = 10;

/**
 * Probes what a server is and has: three reads in the maintenance database, and where `pg_stat_statements` is not there,
 * one in each configured database that the role may enter, until one has it. Emits once.
 *
 * Errors: those of the queries in the maintenance database; another one that cannot be read has no extension.
 */
export function probe(query: Server['query'], settings: ServerSettings): Observable<ServerFacts> {
  function read(what: string, sql: string, more: Partial<Query> = {}): Observable<readonly Row[]> {
    return query({ name: `facts/${what}`, sql, lane: 'slow', timeoutMs, ...more });
  }
  const first = (rows: readonly Row[]): Row => rows[0] ?? [];

  const { names, includes } = wantedDatabases(settings);
  const isOther = (name: string): boolean => name !== settings.database;
  const isWanted = (name: string): boolean =>
    isOther(name) && (names.length > 0 ? names.includes(name) : includes(name));
  function control(server: Row): Observable<Row | null> {
    return mayReadControl(server)
      ? read('control', controlSql, { start: startOf(server) }).pipe(map(first))
      : of(null);
  }
  // Asked first: a connection to a database that is not there, or closed to the role, is a FATAL in the server's log.
  const candidates$ =
    names.length > 0 && !names.some(isOther)
      ? of([])
      : read('databases', candidatesSql).pipe(
          map((rows) => rows.map(([name]) => name ?? '').filter(isWanted)),
          // The list is closed to the role: the rest is still known.
          catchError((error: unknown) =>
            error instanceof QueryError && error.sqlstate === '42501'
              ? of([])
              : throwError(() => error as Error),
          ),
        );
  const elsewhere$ = candidates$.pipe(
    concatMap((others) => others.slice(0, maxDatabases)),
    concatMap((database) =>
      read('statements', statementsSql, { lane: 'database', database }).pipe(
        map((rows) => first(rows)[0] ?? null),
        catchError(() => of(null)),
      ),
    ),
  );
  function statements(server: Row): Observable<string | null> {
    return concat(of(statementsHere(server)), elsewhere$).pipe(
      takeWhile((found) => !isReadable(found), true),
      reduce<string | null, string | null>((best, found) => found ?? best, null),
    );
  }

  return forkJoin({
    server: read('server', serverSql, { values: [probedSettings] }).pipe(map(first)),
    catalog: read('catalog', catalogSql),
  }).pipe(
    switchMap(({ server, catalog }) => {
      if (!isSameStart(server, catalog))
        throw new OtherServerError('it was started anew while it was looked at');
      return forkJoin({
        server: of(server),
        catalog: of(catalog),
        control: control(server),
        statements: statements(server),
      });
    }),
    map(serverFacts),
  );
}
