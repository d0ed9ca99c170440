import { type Observable, defer, map, reduce } from 'rxjs';
import type { ServerFacts, StatementsFacts } from '../../postgres/facts.ts';
import { selection } from '../../postgres/selection.ts';
import type { Row, Server } from '../../ports/server.ts';
import type { WantedDatabases } from '../wantedDatabases.ts';
import {
  DatabaseStatements,
  type Shared,
  type Statement,
  type StatementChoice,
} from './databaseStatements.ts';
import { ownColumns, placeOf } from './rowColumns.ts';
import { statementColumns } from './statementColumns.ts';

/** What was read of one database. */
export interface DatabaseReading {
  readonly database: string;
  /** All of its statements. */
  readonly all: DatabaseStatements;
  /** Those to be listed, unless the agent itself ran them. */
  readonly chosen: readonly Statement[];
}

/** How the statements of a database are chosen. */
export type ChoiceOf = (database: string) => Omit<StatementChoice, 'shared'>;

const databaseAt = placeOf('database');

/**
 * Emits the statements of each wanted database, once. Without texts: those would make the server load its whole text
 * file, and one text in a foreign encoding would fail the read.
 */
export function readStatements(
  server: Server,
  { has }: ServerFacts,
  { database, schema }: StatementsFacts,
  wanted: WantedDatabases,
  choiceOf: ChoiceOf,
): Observable<readonly DatabaseReading[]> {
  const own = selection(ownColumns, () => true);
  const columns = selection(statementColumns, has, own.width);
  const info = has('pg_stat_statements.toplevel')
    ? `${schema}.pg_stat_statements_info`
    : '(SELECT NULL::timestamptz AS stats_reset, NULL::bigint AS dealloc)';
  const sql = `SELECT ${own.sql}, ${columns.sql}
    FROM ${schema}.pg_stat_statements(false) s JOIN pg_database p ON p.oid = s.dbid
    CROSS JOIN ${info} i CROSS JOIN pg_stat_bgwriter b
    WHERE ${wanted.condition}`;
  const sharedOf = (row: Row): Shared => {
    const { stats_epoch = null, stats_reset = null, deallocations = null } = own.read(row);
    return { stats_epoch, stats_reset, deallocations };
  };
  return defer(() => {
    const databases = new Map<string, DatabaseStatements>();
    const add = (row: Row): void => {
      const name = row[databaseAt] ?? '';
      let known = databases.get(name);
      if (!known) {
        if (!wanted.includes(name)) return;
        known = new DatabaseStatements({ ...choiceOf(name), shared: sharedOf(row) });
        databases.set(name, known);
      }
      known.add(row);
    };
    return server
      .query({
        name: 'pg_query_stats/statements',
        sql,
        values: wanted.values,
        lane: 'database',
        database,
        timeoutMs: 5_000,
        // 20,000 entries spill to disk at the default of 4 MB.
        settings: { work_mem: '32MB' },
        batch: 200,
      })
      .pipe(
        reduce((all, rows) => {
          rows.forEach(add);
          return all;
        }, databases),
        map((all) =>
          [...all].map(([name, each]) => ({
            database: name,
            all: each,
            chosen: each.chosen(columns.read),
          })),
        ),
      );
  });
}
