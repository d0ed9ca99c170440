import { bool, counter, int, time, words } from '../../postgres/column.ts';

/** The fields of `pg_global` itself. */
export const serverColumns = {
  stats_epoch: time(
    'greatest(pg_postmaster_start_time(), b.stats_reset)',
    'since when increments are meaningful: the later of pg_postmaster_start_time() and pg_stat_bgwriter.stats_reset, which moves at a crash; beside it each group has its own stats_reset',
  ),
  version: words(`current_setting('server_version')`, 'setting server_version'),
  version_num: int(`current_setting('server_version_num')`, 'setting server_version_num'),
  started_at: time('pg_postmaster_start_time()', 'pg_postmaster_start_time()'),
  in_recovery: bool('pg_is_in_recovery()', 'pg_is_in_recovery(): true on a standby'),
  timeline: int(
    `CASE WHEN pg_is_in_recovery() THEN (SELECT received_tli FROM pg_stat_wal_receiver)
      ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int END`,
    'pg_walfile_name(): the timeline that is written, another one after a promotion; on a standby pg_stat_wal_receiver.received_tli or pg_control_checkpoint().timeline_id, the later; null where they may not be read',
  ),
  wal_position: words(
    'CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END',
    'pg_current_wal_lsn(): where WAL is written; on a standby pg_last_wal_replay_lsn(): up to where it is replayed',
  ),
  wal_position_bytes: counter(
    `pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, '0/0')`,
    'wal_position as bytes since 0/0',
  ),
};
