import { type Column, bigint, counter, int, rising, time, words } from '../../postgres/column.ts';

const view = 'pg_stat_all_tables';
const recently = 'null where the server’s version has no such column';

/** A column of pg_stat_all_tables read by the function behind it: that costs the server less than the view. */
const count = (column: string, sql: string, description: string): Column =>
  counter(sql, `${view}.${column}: ${description}`);
/** One that falls again. */
const level = (column: string, sql: string, description: string): Column =>
  bigint(sql, `${view}.${column}: ${description}`);
const moment = (column: string, call: string, description: string): Column =>
  time(`${call}(c.oid)`, `${view}.${column}: ${description}; null if never, and on a standby`);
const duration = (column: string, what: string): Column =>
  rising(
    `pg_stat_get_${column}(c.oid)`,
    `${view}.${column}: time spent in ${what}, in ms (18 and later); ${recently}, and on a standby`,
    `${view}.${column}`,
  );
const blocks = (column: string, sql: string, description: string): Column =>
  counter(sql, `pg_statio_all_tables.${column}: ${description}`);

/**
 * The columns of `pg_stat_all_tables` and `pg_statio_all_tables`: the names that consumers know, then every other by
 * its own name. Aliases: c the table in pg_class, n its namespace, i the sums over its indexes, x those over the
 * indexes of its TOAST table. A few are not kept on a standby, see `primaryOnly`.
 */
export const tableColumns = {
  schema: words('n.nspname', `${view}.schemaname`),
  name: words('c.relname', `${view}.relname`),
  kind: words(
    `CASE c.relkind WHEN 'r' THEN 'table' WHEN 'm' THEN 'materialized_view' ELSE 'partitioned_table' END`,
    'pg_class.relkind: `table`, `materialized_view` or `partitioned_table` (14 and later)',
  ),
  live_tuples: level(
    'n_live_tup',
    'pg_stat_get_live_tuples(c.oid)',
    'estimated live rows; null on a standby',
  ),
  dead_tuples: level(
    'n_dead_tup',
    'pg_stat_get_dead_tuples(c.oid)',
    'estimated dead rows; null on a standby',
  ),
  modified_since_analyze: level(
    'n_mod_since_analyze',
    'pg_stat_get_mod_since_analyze(c.oid)',
    'estimated rows modified since the last ANALYZE; null on a standby',
  ),
  heap_bytes_estimate: bigint(
    `CASE WHEN c.relkind = 'p' OR c.reltuples < 0 OR (c.relpages = 0 AND c.reltuples = 0 AND current_setting('server_version_num')::int < 140000) THEN NULL ELSE c.relpages::bigint * current_setting('block_size')::bigint END`,
    'pg_class.relpages × block_size: bytes of the table itself at the last VACUUM or ANALYZE; null before the first',
  ),
  last_vacuum: moment('last_vacuum', 'pg_stat_get_last_vacuum_time', 'last manual VACUUM'),
  last_autovacuum: moment('last_autovacuum', 'pg_stat_get_last_autovacuum_time', 'last autovacuum'),
  last_analyze: moment('last_analyze', 'pg_stat_get_last_analyze_time', 'last manual ANALYZE'),
  last_autoanalyze: moment(
    'last_autoanalyze',
    'pg_stat_get_last_autoanalyze_time',
    'last autoanalyze',
  ),
  vacuum_count: count(
    'vacuum_count',
    'pg_stat_get_vacuum_count(c.oid)',
    'manual VACUUMs; null on a standby',
  ),
  autovacuum_count: count(
    'autovacuum_count',
    'pg_stat_get_autovacuum_count(c.oid)',
    'autovacuums; null on a standby',
  ),
  analyze_count: count(
    'analyze_count',
    'pg_stat_get_analyze_count(c.oid)',
    'manual ANALYZEs; null on a standby',
  ),
  autoanalyze_count: count(
    'autoanalyze_count',
    'pg_stat_get_autoanalyze_count(c.oid)',
    'autoanalyzes; null on a standby',
  ),
  seq_scan: count('seq_scan', 'pg_stat_get_numscans(c.oid)', 'sequential scans'),
  last_seq_scan: time(
    'pg_stat_get_lastscan(c.oid)',
    `${view}.last_seq_scan: last sequential scan (16 and later); ${recently}, and if never`,
    `${view}.last_seq_scan`,
  ),
  seq_tup_read: count(
    'seq_tup_read',
    'pg_stat_get_tuples_returned(c.oid)',
    'live rows fetched by sequential scans',
  ),
  idx_scan: count('idx_scan', 'i.idx_scan', 'index scans; null without indexes'),
  last_idx_scan: time(
    'i.last_idx_scan',
    `${view}.last_idx_scan: last index scan (16 and later); ${recently}, and if never`,
    `${view}.last_idx_scan`,
  ),
  idx_tup_fetch: count(
    'idx_tup_fetch',
    'i.idx_tup_fetch + pg_stat_get_tuples_fetched(c.oid)',
    'live rows fetched by index scans; null without indexes',
  ),
  n_tup_ins: count(
    'n_tup_ins',
    'pg_stat_get_tuples_inserted(c.oid)',
    'rows inserted; null on a standby',
  ),
  n_tup_upd: count(
    'n_tup_upd',
    'pg_stat_get_tuples_updated(c.oid)',
    'rows updated; null on a standby',
  ),
  n_tup_del: count(
    'n_tup_del',
    'pg_stat_get_tuples_deleted(c.oid)',
    'rows deleted; null on a standby',
  ),
  n_tup_hot_upd: count(
    'n_tup_hot_upd',
    'pg_stat_get_tuples_hot_updated(c.oid)',
    'rows updated without a new index entry (HOT); null on a standby',
  ),
  n_tup_newpage_upd: counter(
    'pg_stat_get_tuples_newpage_updated(c.oid)',
    `${view}.n_tup_newpage_upd: rows whose update went to a new page (16 and later); ${recently}, and on a standby`,
    `${view}.n_tup_newpage_upd`,
  ),
  n_ins_since_vacuum: level(
    'n_ins_since_vacuum',
    'pg_stat_get_ins_since_vacuum(c.oid)',
    'estimated rows inserted since the last VACUUM; null on a standby',
  ),
  total_vacuum_time: duration('total_vacuum_time', 'manual VACUUMs'),
  total_autovacuum_time: duration('total_autovacuum_time', 'autovacuums'),
  total_analyze_time: duration('total_analyze_time', 'manual ANALYZEs'),
  total_autoanalyze_time: duration('total_autoanalyze_time', 'autoanalyzes'),
  heap_blks_read: blocks(
    'heap_blks_read',
    'pg_stat_get_blocks_fetched(c.oid) - pg_stat_get_blocks_hit(c.oid)',
    'blocks of the table read',
  ),
  heap_blks_hit: blocks(
    'heap_blks_hit',
    'pg_stat_get_blocks_hit(c.oid)',
    'blocks of the table found in buffers',
  ),
  idx_blks_read: blocks(
    'idx_blks_read',
    'i.idx_blks_read',
    'blocks of its indexes read; null without indexes',
  ),
  idx_blks_hit: blocks(
    'idx_blks_hit',
    'i.idx_blks_hit',
    'blocks of its indexes found in buffers; null without indexes',
  ),
  toast_blks_read: blocks(
    'toast_blks_read',
    'pg_stat_get_blocks_fetched(nullif(c.reltoastrelid, 0)) - pg_stat_get_blocks_hit(nullif(c.reltoastrelid, 0))',
    'blocks of its TOAST table read; null without one',
  ),
  toast_blks_hit: blocks(
    'toast_blks_hit',
    'pg_stat_get_blocks_hit(nullif(c.reltoastrelid, 0))',
    'blocks of its TOAST table found in buffers; null without one',
  ),
  tidx_blks_read: blocks(
    'tidx_blks_read',
    'x.idx_blks_read',
    'blocks of its TOAST index read; null without one',
  ),
  tidx_blks_hit: blocks(
    'tidx_blks_hit',
    'x.idx_blks_hit',
    'blocks of its TOAST index found in buffers; null without one',
  ),
  freeze_age: int(
    `CASE WHEN c.relfrozenxid <> '0' THEN age(c.relfrozenxid) END`,
    'age(pg_class.relfrozenxid): transactions since the table was frozen; null where it holds no rows of its own',
  ),
};

/** What a standby does not keep: null there, for 0 would be a lie. */
export const primaryOnly: readonly (keyof typeof tableColumns)[] = [
  'live_tuples',
  'dead_tuples',
  'modified_since_analyze',
  'last_vacuum',
  'last_autovacuum',
  'last_analyze',
  'last_autoanalyze',
  'vacuum_count',
  'autovacuum_count',
  'analyze_count',
  'autoanalyze_count',
  'n_tup_ins',
  'n_tup_upd',
  'n_tup_del',
  'n_tup_hot_upd',
  'n_tup_newpage_upd',
  'n_ins_since_vacuum',
  'total_vacuum_time',
  'total_autovacuum_time',
  'total_analyze_time',
  'total_autoanalyze_time',
];
