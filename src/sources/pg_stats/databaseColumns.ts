import { type Column, counter, int, rising, time } from '../../postgres/column.ts';

/** A time that stands at 0 while nothing measures it: null then. */
const ioTime = (column: string, description: string): Column =>
  rising(
    `CASE WHEN current_setting('track_io_timing') = 'on' THEN d.${column} ELSE nullif(d.${column}, 0) END`,
    `pg_stat_database.${column}: ${description}, in ms; null while track_io_timing is off and nothing was measured`,
  );

const recent = (column: string, make: typeof counter, description: string): Column =>
  make(
    `d.${column}`,
    `pg_stat_database.${column}: ${description}; null where the server’s version has no such column`,
    `pg_stat_database.${column}`,
  );

/** The columns of `pg_stat_database` (aliased d): the names that consumers know, then every other by its own name. */
export const databaseColumns = {
  stats_epoch: time(
    'greatest(pg_postmaster_start_time(), b.stats_reset, d.stats_reset)',
    'since when increments are meaningful: the latest of pg_postmaster_start_time(), pg_stat_bgwriter.stats_reset (it moves at a crash) and pg_stat_database.stats_reset',
  ),
  stats_reset: time(
    'd.stats_reset',
    'pg_stat_database.stats_reset: when the statistics were last reset; null where they never were',
  ),
  transactions_committed: counter(
    'd.xact_commit',
    'pg_stat_database.xact_commit: transactions committed',
  ),
  transactions_rolledback: counter(
    'd.xact_rollback',
    'pg_stat_database.xact_rollback: transactions rolled back',
  ),
  tuples_returned: counter(
    'd.tup_returned',
    'pg_stat_database.tup_returned: live rows fetched by sequential scans and index entries returned by index scans',
  ),
  tuples_fetched: counter(
    'd.tup_fetched',
    'pg_stat_database.tup_fetched: live rows fetched by index scans',
  ),
  tuples_inserted: counter('d.tup_inserted', 'pg_stat_database.tup_inserted: rows inserted'),
  tuples_updated: counter('d.tup_updated', 'pg_stat_database.tup_updated: rows updated'),
  tuples_deleted: counter('d.tup_deleted', 'pg_stat_database.tup_deleted: rows deleted'),
  numbackends: int('d.numbackends', 'pg_stat_database.numbackends: backends connected now'),
  blks_read: counter(
    'd.blks_read',
    'pg_stat_database.blks_read: blocks read, not found in shared buffers',
  ),
  blks_hit: counter('d.blks_hit', 'pg_stat_database.blks_hit: blocks found in shared buffers'),
  conflicts: counter(
    'd.conflicts',
    'pg_stat_database.conflicts: queries cancelled by conflicts with recovery; only on standbys',
  ),
  temp_files: counter(
    'd.temp_files',
    'pg_stat_database.temp_files: temporary files created by queries',
  ),
  temp_bytes: counter(
    'd.temp_bytes',
    'pg_stat_database.temp_bytes: bytes written to temporary files',
  ),
  deadlocks: counter('d.deadlocks', 'pg_stat_database.deadlocks: deadlocks detected'),
  checksum_failures: counter(
    'd.checksum_failures',
    'pg_stat_database.checksum_failures: page checksum failures; null where checksums are off',
  ),
  checksum_last_failure: time(
    'd.checksum_last_failure',
    'pg_stat_database.checksum_last_failure: the last page checksum failure, or null',
  ),
  blk_read_time: ioTime('blk_read_time', 'time spent reading data file blocks'),
  blk_write_time: ioTime('blk_write_time', 'time spent writing data file blocks'),
  session_time: recent('session_time', rising, 'time spent by sessions, in ms (14 and later)'),
  active_time: recent(
    'active_time',
    rising,
    'time spent executing statements, in ms (14 and later)',
  ),
  idle_in_transaction_time: recent(
    'idle_in_transaction_time',
    rising,
    'time spent idle in transactions, in ms (14 and later)',
  ),
  sessions: recent('sessions', counter, 'sessions established (14 and later)'),
  sessions_abandoned: recent(
    'sessions_abandoned',
    counter,
    'sessions ended because the connection to the client was lost (14 and later)',
  ),
  sessions_fatal: recent(
    'sessions_fatal',
    counter,
    'sessions ended by fatal errors (14 and later)',
  ),
  sessions_killed: recent(
    'sessions_killed',
    counter,
    'sessions ended by an operator’s intervention (14 and later)',
  ),
  parallel_workers_to_launch: recent(
    'parallel_workers_to_launch',
    counter,
    'parallel workers planned to be launched (18 and later)',
  ),
  parallel_workers_launched: recent(
    'parallel_workers_launched',
    counter,
    'parallel workers launched (18 and later)',
  ),
};
