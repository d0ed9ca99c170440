import { type Observable, defer, map, throwError, timer } from 'rxjs';
import type { Query, Row, Server } from '../../src/ports/server.ts';

/** What `statementsSql` tells of a database with the extension. */
export const statementsIn = (database: string, encoding = 'UTF8'): string =>
  JSON.stringify([database, encoding, 'public', '1.12', ['calls'], true]);

/** The row of `serverSql`. */
export const serverRow = (
  version: string,
  here: string | null = statementsIn('postgres'),
  mayReadControl = 't',
  start = '180004 1.5',
): Row => [
  '180004',
  version,
  'f',
  '2026-01-02 03:04:05+00',
  '8192',
  'monitor',
  'f',
  't',
  'postgres',
  '{"track_io_timing":"on"}',
  mayReadControl,
  here,
  start,
];

const answers: Record<string, readonly Row[]> = {
  'facts/server': [serverRow('18.4')],
  'facts/catalog': [
    ['pg_stat_io', 'reads,writes'],
    ['functions', 'pg_stat_get_wal'],
  ],
  'facts/control': [['-1', '7']],
};

/** A server that tells the queries of a probe apart. */
export interface ProbedServer {
  readonly server: Server;
  /** The names of all queries, with `@database` where one was given. */
  readonly asked: readonly string[];
  /** How often it was probed. */
  readonly probes: () => number;
}

/** A server that takes 2 ms for each read of a probe; `set` replaces answers by the query's name. */
export function probed(set: Readonly<Record<string, readonly Row[]>> = {}): ProbedServer {
  const asked: string[] = [];
  function answer({ name, database }: Query): Observable<readonly Row[]> {
    return defer(() => {
      const which = database === undefined ? name : `${name}@${database}`;
      asked.push(which);
      return timer(2).pipe(map(() => set[which] ?? set[name] ?? answers[name] ?? []));
    });
  }
  const server: Server = {
    query: answer,
    connection: () => ({ connectMs: 1, pooler: false, local: true }),
  };
  return { server, asked, probes: () => asked.filter((name) => name === 'facts/server').length };
}

/** The same server, whose queries fail where they belong to no probe. */
export function failing(error: Error, { server }: ProbedServer): Server {
  function query(read: Query): Observable<readonly Row[]> {
    return read.name.startsWith('facts') ? server.query(read) : throwError(() => error);
  }
  const broken: Server = { ...server, query };
  return broken;
}
