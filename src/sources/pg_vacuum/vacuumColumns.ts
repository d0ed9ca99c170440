import { bigint, bool, float, int, time, words } from '../../postgres/column.ts';

const view = 'pg_stat_all_tables';
const last = (column: string, what: string) =>
  time(`pg_stat_get_${column}_time(c.oid)`, `${view}.${column}: ${what}; null if never`);
/** autovacuum compares with a fraction; nobody needs its digits. */
const threshold = (column: string, description: string) =>
  float(`round(t.${column}::numeric, 1)`, description);

/** Of the database; the same in every row. */
export const databaseColumns = {
  autovacuum: bool(
    `current_setting('autovacuum')::boolean`,
    'setting autovacuum: off, only runs against wraparound are made',
  ),
  track_counts: bool(
    `current_setting('track_counts')::boolean`,
    'setting track_counts: off, autovacuum knows of nothing to do',
  ),
  freeze_age: int(
    'd.age',
    'age(pg_database.datfrozenxid): transactions since the oldest unfrozen one',
  ),
  multixact_age: int('d.mxid_age', 'mxid_age(pg_database.datminmxid)'),
};

/** Of one table. Aliases: t what autovacuum compares, c pg_class, n its namespace, m and mn those of a TOAST table's owner. */
export const vacuumColumns = {
  schema: words('n.nspname', 'pg_namespace.nspname'),
  name: words('c.relname', 'pg_class.relname'),
  kind: words(
    `CASE c.relkind WHEN 'r' THEN 'table' WHEN 'm' THEN 'materialized_view' ELSE 'toast' END`,
    'pg_class.relkind: `table`, `materialized_view` or `toast`; catalogs too',
  ),
  toast_of: words(
    `mn.nspname || '.' || m.relname`,
    'schema and name of the table whose TOAST table it is; null otherwise',
  ),
  live_tuples: bigint('pg_stat_get_live_tuples(c.oid)', `${view}.n_live_tup: estimated live rows`),
  dead_tuples: bigint('t.dead', `${view}.n_dead_tup: estimated dead rows`),
  vacuum_threshold: threshold(
    'vacuum_threshold',
    'dead_tuples above which autovacuum vacuums it: autovacuum_vacuum_threshold + autovacuum_vacuum_scale_factor × pg_class.reltuples, at most autovacuum_vacuum_max_threshold (18 and later); settings of the table win',
  ),
  inserted_since_vacuum: bigint(
    't.inserted',
    `${view}.n_ins_since_vacuum: estimated rows inserted since the last VACUUM`,
  ),
  insert_threshold: threshold(
    'insert_threshold',
    'inserted_since_vacuum above which autovacuum vacuums it: autovacuum_vacuum_insert_threshold + autovacuum_vacuum_insert_scale_factor × pg_class.reltuples (18 and later: of the part that is not frozen); null where that is turned off',
  ),
  modified_since_analyze: bigint(
    't.modified',
    `${view}.n_mod_since_analyze: estimated rows modified since the last ANALYZE`,
  ),
  analyze_threshold: threshold(
    'analyze_threshold',
    'modified_since_analyze above which autovacuum analyzes it: autovacuum_analyze_threshold + autovacuum_analyze_scale_factor × pg_class.reltuples; null for what is never analyzed',
  ),
  freeze_age: int('t.freeze_age', 'age(pg_class.relfrozenxid)'),
  freeze_max_age: int(
    't.freeze_max_age',
    'freeze_age above which it is vacuumed even where autovacuum is off: autovacuum_freeze_max_age, or the lower one of the table',
  ),
  multixact_age: int('t.multixact_age', 'mxid_age(pg_class.relminmxid)'),
  multixact_freeze_max_age: int(
    't.multixact_max_age',
    'the same for multixact_age: autovacuum_multixact_freeze_max_age, or the lower one of the table',
  ),
  urgency: float(
    'round(t.urgency::numeric, 4)',
    'the greatest ratio of a number to its threshold; above 1: a run is due. The list is in its order',
  ),
  autovacuum_enabled: bool(
    't.enabled',
    'pg_class.reloptions: whether autovacuum_enabled is not turned off for it',
  ),
  running: bool(
    `CASE WHEN pg_has_role('pg_read_all_stats', 'USAGE') THEN t.running END`,
    'pg_stat_progress_vacuum.relid: whether a VACUUM works on it now; null without pg_read_all_stats',
  ),
  last_vacuum: last('last_vacuum', 'last manual VACUUM'),
  last_autovacuum: last('last_autovacuum', 'last autovacuum'),
  last_analyze: last('last_analyze', 'last manual ANALYZE'),
  last_autoanalyze: last('last_autoanalyze', 'last autoanalyze'),
};
