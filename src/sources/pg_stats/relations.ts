import { type Observable, concat, map } from 'rxjs';
import { type Selection, selection } from '../../postgres/selection.ts';
import type { Server } from '../../ports.ts';
import type { Json } from '../../schema/json.ts';
import { type ChosenRowsOptions, chosenRows } from '../chosenRows.ts';
import { indexColumns } from './indexColumns.ts';
import type { PgStatsSettings } from './pgStatsSettings.ts';
import { tableColumns } from './tableColumns.ts';

/** A table or an index, and its oid. */
export interface Relation {
  readonly oid: number;
  readonly fields: Record<string, Json>;
}

/** The relations of one kind that were chosen, in the order of their importance. */
export interface Relations {
  readonly chosen: readonly Relation[];
  /** How many there are. */
  readonly total: number;
}

/** No catalogs, no TOAST, and no temporary tables: those belong to a session and are gone with it. */
const userRelations = `n.nspname <> ALL ('{pg_catalog,information_schema}') AND n.nspname !~ '^pg_toast' AND c.relpersistence <> 't'`;

/** Behind the columns: what the choice among many goes by, as the last columns of each row. */
const tableRankings = [
  'c.relpages',
  'pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid) + pg_stat_get_tuples_deleted(c.oid)',
  'pg_stat_get_dead_tuples(c.oid)',
  'pg_stat_get_tuples_returned(c.oid)',
  `CASE WHEN c.relfrozenxid <> '0' THEN age(c.relfrozenxid) END`,
];
const indexRankings = [
  'o.relpages',
  'pg_stat_get_numscans(o.oid)',
  'pg_stat_get_tuples_returned(o.oid)',
  'pg_stat_get_blocks_fetched(o.oid) - pg_stat_get_blocks_hit(o.oid)',
];

/**
 * One pass over pg_class and pg_index with the functions behind the views: it takes no lock that anybody could hold
 * for long, and opens no relation. The sums over indexes are made once per table, not once per column.
 */
const tablesSql = (columns: string, has: (need: string) => boolean) => `SELECT c.oid, ${columns},
    ${tableRankings.join(', ')}
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN (SELECT indrelid, sum(pg_stat_get_numscans(indexrelid))::bigint AS idx_scan,
      ${has('pg_stat_all_tables.last_idx_scan') ? 'max(pg_stat_get_lastscan(indexrelid))' : 'NULL'} AS last_idx_scan,
      sum(pg_stat_get_tuples_fetched(indexrelid))::bigint AS idx_tup_fetch,
      sum(pg_stat_get_blocks_fetched(indexrelid) - pg_stat_get_blocks_hit(indexrelid))::bigint AS idx_blks_read,
      sum(pg_stat_get_blocks_hit(indexrelid))::bigint AS idx_blks_hit
    FROM pg_index GROUP BY indrelid) i ON i.indrelid = c.oid
  LEFT JOIN (SELECT t.oid, sum(pg_stat_get_blocks_fetched(indexrelid) - pg_stat_get_blocks_hit(indexrelid))::bigint
        AS idx_blks_read, sum(pg_stat_get_blocks_hit(indexrelid))::bigint AS idx_blks_hit
    FROM pg_class t JOIN pg_index ON indrelid = t.oid WHERE t.relkind = 't' GROUP BY t.oid) x
    ON x.oid = c.reltoastrelid
  WHERE c.relkind IN ('r', 'm', CASE WHEN current_setting('server_version_num')::int >= 140000 THEN 'p' ELSE 'r' END)
    AND ${userRelations}`;

const indexesSql = (columns: string) => `SELECT o.oid, ${columns}, ${indexRankings.join(', ')}
  FROM pg_index x JOIN pg_class o ON o.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'm') AND ${userRelations}`;

/**
 * Emits the tables, then the indexes of one database, and completes.
 *
 * @param kept - Oids that were chosen lately and stay chosen.
 */
export function readRelations(
  server: Server,
  has: (need: string) => boolean,
  database: string,
  { max_tables, max_indexes }: PgStatsSettings,
  kept: (oid: number) => boolean,
): Observable<Relations> {
  function read(
    name: string,
    sql: string,
    columns: Selection,
    choice: ChosenRowsOptions,
  ): Observable<Relations> {
    return chosenRows(
      server,
      { name, sql, lane: 'database', database, timeoutMs: 5_000 },
      choice,
    ).pipe(
      map(({ rows, total }) => ({
        total,
        chosen: rows.map((row) => ({ oid: Number(row[0]), fields: columns.read(row) })),
      })),
    );
  }
  const tables = selection(tableColumns, has, 1);
  const indexes = selection(indexColumns, has, 1);
  return concat(
    read('pg_stats/tables', tablesSql(tables.sql, has), tables, {
      max: max_tables,
      rankings: tableRankings.length,
      kept,
    }),
    read('pg_stats/indexes', indexesSql(indexes.sql), indexes, {
      max: max_indexes,
      rankings: indexRankings.length,
      kept,
    }),
  );
}
