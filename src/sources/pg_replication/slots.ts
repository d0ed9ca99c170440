import { type Column, bigint, bool, counter, int, time, words } from '../../postgres/column.ts';
import { type Views, yes } from '../jsonRows.ts';
import { bytesBehind } from './position.ts';

const VIEW = 'pg_replication_slots';
const STATS = 'pg_stat_replication_slots';

const flag = (name: string, description: string, ...needs: string[]): Column =>
  bool(yes(`s.${name}`), `${VIEW}.${name}: ${description}`, ...needs);
const count = (name: string, description: string): Column =>
  counter(`t.${name}`, `${STATS}.${name}: ${description} (14 and later)`, `${STATS}.${name}`);

/** Replication slots: s is pg_get_replication_slots(), t the statistics of a logical one. */
export const slots = {
  slot_name: words('s.slot_name', `${VIEW}.slot_name`),
  slot_type: words('s.slot_type', `${VIEW}.slot_type: \`physical\` or \`logical\``),
  plugin: words('s.plugin', `${VIEW}.plugin`),
  database: words('s.datoid', `${VIEW}.database; null: a physical slot, or not readable`),
  temporary: flag('temporary', 'whether it ends with its session'),
  active: flag('active', 'whether somebody streams from it'),
  active_pid: int('s.active_pid', `${VIEW}.active_pid`),
  xmin_age: int('age(s.xmin)', `age() of ${VIEW}.xmin`),
  catalog_xmin_age: int('age(s.catalog_xmin)', `age() of ${VIEW}.catalog_xmin`),
  restart_lsn: words('s.restart_lsn', `${VIEW}.restart_lsn: the oldest WAL that it keeps`),
  confirmed_flush_lsn: words('s.confirmed_flush_lsn', `${VIEW}.confirmed_flush_lsn`),
  retained_bytes: bigint(
    bytesBehind('s.restart_lsn'),
    `${VIEW}.restart_lsn: WAL that is kept because of it`,
  ),
  unconfirmed_bytes: bigint(
    bytesBehind('s.confirmed_flush_lsn'),
    `${VIEW}.confirmed_flush_lsn: WAL that its reader has not confirmed`,
  ),
  wal_status: words(
    's.wal_status',
    `${VIEW}.wal_status: \`reserved\`, \`extended\`, \`unreserved\`, \`lost\``,
  ),
  safe_wal_size: bigint(
    's.safe_wal_size',
    `${VIEW}.safe_wal_size: bytes that may still be written before it is lost; null: no limit (max_slot_wal_keep_size)`,
  ),
  two_phase: flag('two_phase', 'decodes prepared transactions (14 and later)', `${VIEW}.two_phase`),
  conflicting: flag(
    'conflicting',
    'invalidated by a conflict with recovery (16 and later)',
    `${VIEW}.conflicting`,
  ),
  invalidation_reason: words(
    's.invalidation_reason',
    `${VIEW}.invalidation_reason (17 and later)`,
    `${VIEW}.invalidation_reason`,
  ),
  inactive_since: time(
    's.inactive_since',
    `${VIEW}.inactive_since (17 and later)`,
    `${VIEW}.inactive_since`,
  ),
  failover: flag('failover', 'is copied to standbys (17 and later)', `${VIEW}.failover`),
  synced: flag('synced', 'was copied from the primary (17 and later)', `${VIEW}.synced`),
  spill_txns: count('spill_txns', 'transactions that were spilled to disk'),
  spill_count: count('spill_count', 'times that transactions were spilled'),
  spill_bytes: count('spill_bytes', 'decoded bytes that were spilled'),
  stream_txns: count('stream_txns', 'transactions in progress that were streamed'),
  stream_count: count('stream_count', 'times that transactions in progress were streamed'),
  stream_bytes: count('stream_bytes', 'decoded bytes that were streamed while in progress'),
  total_txns: count('total_txns', 'decoded transactions'),
  total_bytes: count('total_bytes', 'decoded bytes'),
  stats_reset: time(
    't.stats_reset',
    `${STATS}.stats_reset: when the counters were last reset (14 and later)`,
    `${STATS}.stats_reset`,
  ),
};

/** Where the columns come from: the functions of the views, which need no lock on pg_database. Statistics are of logical slots. */
export const slotsFrom = (has: (need: string) => boolean): Views => ({
  from: has(`${STATS}.slot_name`)
    ? `pg_get_replication_slots() s LEFT JOIN LATERAL
        pg_stat_get_replication_slot(CASE WHEN s.datoid IS NOT NULL THEN s.slot_name::text END) t ON true`
    : 'pg_get_replication_slots() s',
  aliases: { s: VIEW, t: STATS },
});
