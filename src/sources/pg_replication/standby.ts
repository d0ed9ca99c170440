import { type Column, bigint, bool, float, int, time, words } from '../../postgres/column.ts';
import { type Views, yes } from '../jsonRows.ts';
import { bytesBehind } from './position.ts';

const VIEW = 'pg_stat_wal_receiver';
const prefetch = (name: string, description: string): Column =>
  bigint(
    `(SELECT ${name} FROM pg_stat_recovery_prefetch)`,
    `pg_stat_recovery_prefetch.${name}: ${description} (15 and later)`,
    `pg_stat_recovery_prefetch.${name}`,
  );

/** What a standby receives and replays: r is the row of pg_stat_get_wal_receiver(); `conninfo` is never read. */
export const standby = {
  receiver_pid: int('r.pid', `${VIEW}.pid; null: nothing is received`),
  receiver_status: words('r.status', `${VIEW}.status: \`streaming\`, \`waiting\`, …`),
  received_timeline: int('r.received_tli', `${VIEW}.received_tli`),
  written_lsn: words('r.written_lsn', `${VIEW}.written_lsn`),
  flushed_lsn: words('r.flushed_lsn', `${VIEW}.flushed_lsn`),
  latest_end_lsn: words(
    'r.latest_end_lsn',
    `${VIEW}.latest_end_lsn: what the sender last said it has`,
  ),
  latest_end_time: time('r.latest_end_time', `${VIEW}.latest_end_time`),
  last_msg_send_time: time(
    'r.last_msg_send_time',
    `${VIEW}.last_msg_send_time: the sender's clock`,
  ),
  last_msg_receipt_time: time('r.last_msg_receipt_time', `${VIEW}.last_msg_receipt_time`),
  slot_name: words('r.slot_name', `${VIEW}.slot_name`),
  sender_host: words('r.sender_host', `${VIEW}.sender_host`),
  sender_port: int('r.sender_port', `${VIEW}.sender_port`),
  received_lsn: words('pg_last_wal_receive_lsn()', 'pg_last_wal_receive_lsn()'),
  replayed_lsn: words('pg_last_wal_replay_lsn()', 'pg_last_wal_replay_lsn()'),
  replay_lag_bytes: bigint(
    bytesBehind('pg_last_wal_replay_lsn()'),
    'pg_last_wal_receive_lsn() − pg_last_wal_replay_lsn(): received, not yet replayed',
  ),
  replay_lag_seconds: float(
    `CASE WHEN r.pid IS NOT NULL AND pg_last_wal_replay_lsn() >= (SELECT lsn FROM here) THEN 0
      ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END`,
    'since pg_last_xact_replay_timestamp(); 0 while WAL is received and all of it is replayed, however idle the primary. Without a receiver nobody knows what is missing',
  ),
  last_replayed_at: time(
    'pg_last_xact_replay_timestamp()',
    'pg_last_xact_replay_timestamp(): when the last replayed transaction ended on the primary',
  ),
  replay_paused: bool(yes('pg_is_wal_replay_paused()'), 'pg_is_wal_replay_paused()'),
  prefetch_blocks: prefetch('prefetch', 'blocks prefetched'),
  prefetch_hit: prefetch('hit', 'blocks not prefetched because they were in the buffer pool'),
  prefetch_wal_distance: int(
    '(SELECT wal_distance FROM pg_stat_recovery_prefetch)',
    'pg_stat_recovery_prefetch.wal_distance: bytes looked ahead (15 and later)',
    'pg_stat_recovery_prefetch.wal_distance',
  ),
  prefetch_stats_reset: time(
    '(SELECT stats_reset FROM pg_stat_recovery_prefetch)',
    'pg_stat_recovery_prefetch.stats_reset (15 and later)',
    'pg_stat_recovery_prefetch.stats_reset',
  ),
};

/** One row on a standby, none on a primary. */
export const standbyFrom: Views = {
  from: 'here h LEFT JOIN pg_stat_get_wal_receiver() r ON true WHERE h.in_recovery',
  aliases: { r: VIEW },
};
