import type { ServerFacts } from '../../postgres/facts.ts';
import { bool, timestamp } from '../../postgres/values.ts';
import type { Row } from '../../ports/server.ts';
import type { Json } from '../../schema/json.ts';
import { jsonRows } from '../jsonRows.ts';
import { here } from './position.ts';
import { senders, sendersFrom } from './senders.ts';
import { slots, slotsFrom } from './slots.ts';
import { standby, standbyFrom } from './standby.ts';
import { subscriptions, subscriptionsFrom } from './subscriptions.ts';
import { type Keeper, walKept } from './walKept.ts';

type Fields = Record<string, Json>;

/** What one read tells. */
export interface ReplicationState {
  readonly inRecovery: boolean;
  readonly position: string | null;
  readonly epoch: string | null;
  readonly senders: readonly Fields[];
  readonly standby: Fields | null;
  readonly slots: readonly Fields[];
  readonly subscriptions: readonly Fields[];
  readonly keepers: readonly Keeper[];
  /** Null where nothing is archived. */
  readonly archiveFailing: boolean | null;
}

/** The one statement for all of it, and the reader of its row. No catalog that may be locked is touched. */
export function replicationState({ has, systemIdentifier }: ServerFacts): {
  readonly sql: string;
  readonly read: (row: Row) => ReplicationState;
} {
  const lists = {
    senders: jsonRows(senders, has, sendersFrom(has)),
    standby: jsonRows(standby, has, standbyFrom),
    slots: jsonRows(slots, has, slotsFrom(has)),
    subscriptions: jsonRows(subscriptions, has, subscriptionsFrom(has)),
  };
  // Naming a function that is closed to the role would fail the statement; the facts know.
  const redo =
    systemIdentifier === null ? 'NULL' : '(SELECT redo_lsn FROM pg_control_checkpoint())';
  const resetAt = has('pg_stat_get_bgwriter_stat_reset_time()')
    ? 'pg_stat_get_bgwriter_stat_reset_time()'
    : 'NULL';
  const archiver = has('pg_stat_get_archiver()')
    ? 'pg_stat_get_archiver()'
    : '(SELECT NULL::text AS last_archived_wal, NULL::timestamptz AS last_failed_time, NULL::timestamptz AS last_archived_time)';
  const sql = `WITH ${here}
    SELECT h.in_recovery, h.lsn, greatest(pg_postmaster_start_time(), ${resetAt}),
      pg_size_bytes(current_setting('wal_segment_size')), ${redo}, current_setting('archive_mode'),
      a.last_archived_wal, a.last_failed_time > coalesce(a.last_archived_time, '-infinity'),
      pg_size_bytes(current_setting('wal_keep_size')),
      ${Object.values(lists)
        .map((list) => list.sql)
        .join(',\n      ')}
    FROM here h CROSS JOIN ${archiver} a`;
  return {
    sql,
    read: (row) => {
      const text = (index: number): string | null => row[index] ?? null;
      const inRecovery = bool(text(0)) === true;
      const mode = text(5);
      const archives = mode === 'always' || (mode === 'on' && !inRecovery);
      const read = {
        senders: lists.senders.read(text(9)),
        standby: lists.standby.read(text(10))[0] ?? null,
        slots: lists.slots.read(text(11)),
        subscriptions: lists.subscriptions.read(text(12)),
      };
      return {
        inRecovery,
        position: text(1),
        epoch: timestamp(text(2)),
        ...read,
        keepers: walKept({
          here: text(1),
          segmentBytes: BigInt(text(3) ?? 0),
          redoLsn: text(4),
          archives,
          lastArchivedWal: text(6),
          walKeepBytes: BigInt(text(8) ?? 0),
          slots: read.slots.map((slot) => ({
            name: slot['slot_name'] as string | null,
            restartLsn: slot['restart_lsn'] as string | null,
          })),
        }),
        archiveFailing: archives ? bool(text(7)) === true : null,
      };
    },
  };
}
