import { bool, counter, time, words } from '../../postgres/column.ts';

const view = 'pg_stat_all_indexes';

/**
 * The columns of `pg_stat_all_indexes` and `pg_statio_all_indexes` under the names that consumers know. Aliases: o the
 * index in pg_class, x in pg_index, c its table in pg_class, n the namespace of both.
 */
export const indexColumns = {
  schema: words('n.nspname', `${view}.schemaname`),
  name: words('o.relname', `${view}.indexrelname`),
  table: words('c.relname', `${view}.relname`),
  scans: counter('pg_stat_get_numscans(o.oid)', `${view}.idx_scan: index scans`),
  last_idx_scan: time(
    'pg_stat_get_lastscan(o.oid)',
    `${view}.last_idx_scan: last scan (16 and later); null if never and on older versions`,
    `${view}.last_idx_scan`,
  ),
  tuples_read: counter(
    'pg_stat_get_tuples_returned(o.oid)',
    `${view}.idx_tup_read: index entries returned by scans`,
  ),
  tuples_returned: counter(
    'pg_stat_get_tuples_fetched(o.oid)',
    `${view}.idx_tup_fetch: live rows fetched by simple scans`,
  ),
  is_unique: bool('x.indisunique', 'pg_index.indisunique'),
  is_primary: bool('x.indisprimary', 'pg_index.indisprimary'),
  is_exclusion: bool(
    'x.indisexclusion',
    'pg_index.indisexclusion: supports an exclusion constraint',
  ),
  is_valid: bool(
    'x.indisvalid',
    'pg_index.indisvalid: false while it is built, or when building it failed',
  ),
  idx_blks_read: counter(
    'pg_stat_get_blocks_fetched(o.oid) - pg_stat_get_blocks_hit(o.oid)',
    'pg_statio_all_indexes.idx_blks_read: blocks read',
  ),
  idx_blks_hit: counter(
    'pg_stat_get_blocks_hit(o.oid)',
    'pg_statio_all_indexes.idx_blks_hit: blocks found in buffers',
  ),
};
