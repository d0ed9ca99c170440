import { type Observable, map, toArray } from 'rxjs';
import { bigint, bool, time, words } from '../../postgres/column.ts';
import type { ServerFacts, StatementsFacts } from '../../postgres/facts.ts';
import { selection } from '../../postgres/selection.ts';
import type { Row, Server } from '../../ports.ts';
import type { Json } from '../../schema/json.ts';
import type { WantedDatabases } from '../wantedDatabases.ts';
import { statementColumns } from './statementColumns.ts';

/** One entry of pg_stat_statements. */
export interface Statement {
  /** Identifies it within its database: user, query id, level. */
  readonly key: string;
  /** Null where it may not be seen. */
  readonly queryId: string | null;
  /** Whether the collector's role ran it. */
  readonly byMe: boolean;
  /** False for one within a function. */
  readonly toplevel: boolean;
  /** The fields of `statementColumns`. */
  readonly fields: Record<string, Json>;
}

/** What all statements share. */
export type Shared = Readonly<Record<'stats_epoch' | 'stats_reset' | 'deallocations', Json>>;

/** All statements of one database. */
export interface DatabaseStatements {
  readonly database: string;
  readonly shared: Shared;
  readonly statements: readonly Statement[];
}

/** Columns that only the agent needs. */
const own = {
  database: words('p.datname', ''),
  userid: words('s.userid', ''),
  by_me: bool('pg_get_userbyid(s.userid) = current_user', ''),
  stats_epoch: time('greatest(pg_postmaster_start_time(), b.stats_reset, i.stats_reset)', ''),
  stats_reset: time('i.stats_reset', ''),
  deallocations: bigint('i.dealloc', ''),
};

/**
 * Emits the statements of each wanted database, once. Without texts: those would make the server load its whole text
 * file, and one text in a foreign encoding would fail the read.
 */
export function readStatements(
  server: Server,
  { has }: ServerFacts,
  { database, schema }: StatementsFacts,
  wanted: WantedDatabases,
): Observable<readonly DatabaseStatements[]> {
  const prefix = selection(own, () => true);
  const columns = selection(statementColumns, has, prefix.width);
  const info = has('pg_stat_statements.toplevel')
    ? `${schema}.pg_stat_statements_info`
    : '(SELECT NULL::timestamptz AS stats_reset, NULL::bigint AS dealloc)';
  const sql = `SELECT ${prefix.sql}, ${columns.sql}
    FROM ${schema}.pg_stat_statements(false) s JOIN pg_database p ON p.oid = s.dbid
    CROSS JOIN ${info} i CROSS JOIN pg_stat_bgwriter b
    WHERE ${wanted.condition}`;
  const statement = (row: Row): Statement & { database: string; shared: Shared } => {
    const { database, userid, by_me, ...shared } = prefix.read(row);
    const fields = columns.read(row);
    const queryId = fields['query_id'] as string | null;
    const toplevel = fields['toplevel'] !== false;
    return {
      database: database as string,
      shared: shared as Shared,
      key: `${userid as string} ${queryId ?? ''} ${String(toplevel)}`,
      queryId,
      byMe: by_me === true,
      toplevel,
      fields,
    };
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
      map((rows) => rows.map(statement)),
      toArray(),
      map((chunks) => {
        const databases = new Map<string, { shared: Shared; statements: Statement[] }>();
        for (const each of chunks.flat()) {
          if (!wanted.includes(each.database)) continue;
          const known = databases.get(each.database) ?? { shared: each.shared, statements: [] };
          databases.set(each.database, known);
          known.statements.push(each);
        }
        return [...databases].map(([database, known]) => ({ database, ...known }));
      }),
    );
}
