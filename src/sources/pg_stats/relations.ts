import { type Observable, concat, defer, map, reduce } from 'rxjs';
import {
  type ChosenRelationsOptions,
  chosenRelations,
  keptRelations,
} from '../../postgres/chosenRelations.ts';
import { type Selection, selection } from '../../postgres/selection.ts';
import type { Row, Server } from '../../ports/server.ts';
import { HeldRows } from '../heldRows.ts';
import { indexColumns } from './indexColumns.ts';
import type { PgStatsSettings } from './pgStatsSettings.ts';
import { tableColumns } from './tableColumns.ts';

/** The relations of one kind: all, or those that were chosen, in the order of their importance. */
export interface Relations {
  /** A row of each: its oid, then `columns`. */
  readonly rows: Iterable<Row>;
  readonly columns: Pick<Selection, 'read'>;
  readonly oids: readonly number[];
  /** How many bytes the fields of each have as JSON at most. */
  readonly bytes: readonly number[];
  /** How many there are. */
  readonly total: number;
}

/** No catalogs, no TOAST, and no temporary tables: those belong to a session and are gone with it. */
const userRelations = `n.nspname <> ALL ('{pg_catalog,information_schema}') AND n.nspname !~ '^pg_toast' AND c.relpersistence <> 't'`;

/** What the choice among many goes by: the greatest first, each in its turn. */
const tableRankings = [
  'c.relpages',
  'pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid) + pg_stat_get_tuples_deleted(c.oid)',
  'pg_stat_get_dead_tuples(c.oid)',
  'pg_stat_get_tuples_returned(c.oid)',
  `CASE WHEN c.relfrozenxid <> '0' THEN age(c.relfrozenxid) END`,
];
const indexRankings = [
  'c.relpages',
  'pg_stat_get_numscans(c.oid)',
  'pg_stat_get_tuples_returned(c.oid)',
  'pg_stat_get_blocks_fetched(c.oid) - pg_stat_get_blocks_hit(c.oid)',
];

const tableChoice: ChosenRelationsOptions = {
  kinds: `'r', 'm', CASE WHEN current_setting('server_version_num')::int >= 140000 THEN 'p' ELSE 'r' END`,
  condition: userRelations,
  rankings: tableRankings,
};
const indexChoice: ChosenRelationsOptions = {
  kinds: `'i'`,
  condition: userRelations,
  rankings: indexRankings,
};

/** The functions behind the views, for the relations of `head`: they take no lock, and open no relation. */
const tablesSql = (
  head: string,
  columns: string,
  has: (need: string) => boolean,
): string => `${head}
  SELECT c.oid, ${columns}, h.total
  FROM chosen h JOIN pg_class c ON c.oid = h.oid JOIN pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL (SELECT sum(pg_stat_get_numscans(indexrelid))::bigint AS idx_scan,
      ${has('pg_stat_all_tables.last_idx_scan') ? 'max(pg_stat_get_lastscan(indexrelid))' : 'NULL'} AS last_idx_scan,
      sum(pg_stat_get_tuples_fetched(indexrelid))::bigint AS idx_tup_fetch,
      sum(pg_stat_get_blocks_fetched(indexrelid) - pg_stat_get_blocks_hit(indexrelid))::bigint AS idx_blks_read,
      sum(pg_stat_get_blocks_hit(indexrelid))::bigint AS idx_blks_hit
    FROM pg_index WHERE indrelid = c.oid) i
  CROSS JOIN LATERAL (SELECT sum(pg_stat_get_blocks_fetched(indexrelid) - pg_stat_get_blocks_hit(indexrelid))::bigint
        AS idx_blks_read, sum(pg_stat_get_blocks_hit(indexrelid))::bigint AS idx_blks_hit
    FROM pg_index WHERE indrelid = nullif(c.reltoastrelid, 0)) x
  ORDER BY h.rank, c.oid`;

const indexesSql = (head: string, columns: string): string => `${head}
  SELECT o.oid, ${columns}, h.total
  FROM chosen h JOIN pg_class o ON o.oid = h.oid JOIN pg_index x ON x.indexrelid = o.oid
  JOIN pg_class c ON c.oid = x.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  ORDER BY h.rank, o.oid`;

/**
 * Emits the tables, then the indexes of one database, and completes.
 *
 * @param kept - What was chosen lately and stays chosen, by oid.
 */
export function readRelations(
  server: Server,
  has: (need: string) => boolean,
  database: string,
  { max_tables, max_indexes }: PgStatsSettings,
  kept: { readonly tables: readonly number[]; readonly indexes: readonly number[] },
): Observable<Relations> {
  function read(
    name: string,
    sql: string,
    columns: Selection,
    values: [kept: readonly number[], max: number],
  ): Observable<Relations> {
    const totalAt = columns.width + 1;
    return defer(() => {
      const oids: number[] = [];
      const bytes: number[] = [];
      const held = new HeldRows();
      return server
        .query({
          ...{ name, sql, values, lane: 'database', database },
          ...{ timeoutMs: 5_000, batch: 100 },
        })
        .pipe(
          reduce((total, rows) => {
            for (const row of rows) {
              oids.push(Number(row[0]));
              bytes.push(columns.bytes(row));
            }
            held.add(rows);
            return Number(rows[0]?.[totalAt] ?? total);
          }, 0),
          map((total) => ({ rows: held, columns, oids, bytes, total })),
        );
    });
  }
  const tables = selection(tableColumns, has, 1);
  const indexes = selection(indexColumns, has, 1);
  const head = (choice: ChosenRelationsOptions, stay: readonly number[], max: number): string =>
    stay.length >= max ? keptRelations(choice) : chosenRelations(choice);
  const tablesHead = head(tableChoice, kept.tables, max_tables);
  const indexesHead = head(indexChoice, kept.indexes, max_indexes);
  return concat(
    read('pg_stats/tables', tablesSql(tablesHead, tables.sql, has), tables, [
      kept.tables,
      max_tables,
    ]),
    read('pg_stats/indexes', indexesSql(indexesHead, indexes.sql), indexes, [
      kept.indexes,
      max_indexes,
    ]),
  );
}
