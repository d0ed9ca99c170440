import { fieldsOf } from '../../postgres/selection.ts';
import {
  flag,
  int64,
  integer,
  list,
  moment,
  nullable,
  oneOf,
  record,
  text,
} from '../../schema/fields.ts';
import { metricSchema } from '../../schema/metric.ts';
import { conflicts } from './conflicts.ts';
import { senders } from './senders.ts';
import { slots } from './slots.ts';
import { standby } from './standby.ts';
import { subscriptions } from './subscriptions.ts';

const keeper = oneOf(
  ['slot', 'archiver', 'wal_keep_size', 'checkpoint'],
  'what needs it: a slot (restart_lsn); the archiver (files behind pg_stat_archiver.last_archived_wal); the setting wal_keep_size; recovery from the last checkpoint (pg_control_checkpoint().redo_lsn)',
);

/** `pg_replication`: where WAL goes, comes from, and why it stays. */
export const pgReplicationMetric = metricSchema(
  'pg_replication',
  'Replication of one server, whichever its role; lag in bytes against where WAL is written or, on a standby, received',
  {
    server: text('the monitored server'),
    in_recovery: flag('pg_is_in_recovery(): true on a standby'),
    wal_position: nullable(
      text(
        'pg_current_wal_lsn(), on a standby pg_last_wal_receive_lsn(): what all else is compared with',
      ),
    ),
    stats_epoch: nullable(
      moment('the later of pg_postmaster_start_time() and pg_stat_bgwriter.stats_reset'),
    ),
    senders: list(record(fieldsOf(senders)), 'pg_stat_replication: who receives WAL from here'),
    standby: nullable(
      record(
        fieldsOf(standby),
        'pg_stat_wal_receiver and the replay of a standby; null on a primary',
      ),
    ),
    slots: list(
      record(fieldsOf(slots)),
      'pg_replication_slots, and of logical ones pg_stat_replication_slots (14 and later)',
      'slot_name',
    ),
    subscriptions: list(
      record(fieldsOf(subscriptions)),
      'pg_stat_subscription, one row per worker, with pg_stat_subscription_stats (15 and later) of the subscription',
      'subscription',
      'worker_type',
      'relation_oid',
      'pid',
    ),
    conflicts: nullable(
      list(
        record(fieldsOf(conflicts)),
        'pg_stat_database_conflicts of a standby, since pg_stat_database.stats_reset; null on a primary, or not readable',
        'database',
      ),
    ),
    wal_kept_by: nullable(keeper),
    wal_kept_bytes: nullable(int64('how much WAL that needs; null: nothing is needed')),
    wal_keepers: list(
      record({
        by: keeper,
        name: nullable(text('of the slot')),
        bytes: int64('WAL since the oldest position that it needs'),
      }),
      'all that need WAL of the past, the greediest first; at most 20',
    ),
    wal_archive_failing: nullable(
      flag(
        'whether the last attempt to archive failed: pg_stat_archiver; null: nothing is archived',
      ),
    ),
    truncated: flag('whether wal_keepers was cut'),
    total: integer('how many need WAL'),
  },
);
