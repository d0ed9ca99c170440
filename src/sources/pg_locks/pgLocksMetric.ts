import {
  cumulative,
  flag,
  int64,
  integer,
  list,
  moment,
  nullable,
  number,
  record,
  text,
} from '../../schema/fields.ts';
import { metricSchema } from '../../schema/metric.ts';

const ACTIVITY = 'pg_stat_activity';

const awaited = {
  locktype: text('pg_locks.locktype'),
  mode: text('pg_locks.mode that is awaited'),
  database: nullable(text('pg_locks.database, by name; null: not of one database, or unknown')),
  relation_oid: nullable(integer('pg_locks.relation')),
  schema: nullable(text('schema of the relation; null: none, or its database is not read')),
  relation: nullable(text('name of the relation')),
  page: nullable(integer('pg_locks.page')),
  tuple: nullable(integer('pg_locks.tuple')),
  transactionid: nullable(text('pg_locks.transactionid: the transaction whose end is awaited')),
  virtualxid: nullable(text('pg_locks.virtualxid')),
  classid: nullable(integer('pg_locks.classid: oid of the catalog')),
  objid: nullable(integer('pg_locks.objid: oid within it; of advisory locks a part of the key')),
  waiting_since: nullable(moment('pg_locks.waitstart (14 and later)')),
  waiting_seconds: nullable(
    number('how long it has been awaited; on 13 since when the collector has seen it: at least'),
  ),
};

/** `pg_locks`: who waits for whom. */
export const pgLocksMetric = metricSchema(
  'pg_locks',
  'Waits for locks as trees, and deadlocks. Without rights (pg_monitor) the waits of others cannot be seen, and their fields are null',
  {
    server: text('the monitored server'),
    waiting: nullable(
      integer(
        `${ACTIVITY}: processes whose wait_event_type is \`Lock\`; null without pg_read_all_stats`,
      ),
    ),
    waiting_long: nullable(integer('those that have waited for more than a second')),
    longest_wait_seconds: nullable(
      number('the longest of those waits; null: nobody has waited so long'),
    ),
    trees: nullable(
      list(
        record({
          root_pid: nullable(integer('the process at the head; null: a prepared transaction')),
          waiting: integer('processes that wait because of it'),
          longest_wait_seconds: nullable(number('the longest of their waits')),
          sessions: list(
            record({
              pid: nullable(integer(`${ACTIVITY}.pid; null: a prepared transaction`)),
              prepared_transaction: nullable(text('pg_prepared_xacts.gid')),
              depth: integer('0: the head; 1: waits for it; 2: waits for one of those; …'),
              blocked_by: list(
                nullable(integer('pid; null: a prepared transaction')),
                'pg_blocking_pids(): all in its way, also those that only stand before it in the queue',
              ),
              held: list(
                text('pg_locks.mode'),
                'modes of the locks it holds on what others of the tree wait for',
              ),
              awaits: nullable(record(awaited, 'the lock that it waits for; null for the head')),
              database: nullable(text('pg_database.datname')),
              user: nullable(text('pg_roles.rolname')),
              application_name: nullable(text(`${ACTIVITY}.application_name`)),
              client_addr: nullable(text(`${ACTIVITY}.client_addr`)),
              backend_type: nullable(text(`${ACTIVITY}.backend_type`)),
              state: nullable(text(`${ACTIVITY}.state`)),
              wait_event_type: nullable(text(`${ACTIVITY}.wait_event_type`)),
              wait_event: nullable(text(`${ACTIVITY}.wait_event`)),
              xact_start: nullable(moment(`${ACTIVITY}.xact_start`)),
              query_start: nullable(moment(`${ACTIVITY}.query_start`)),
              query_id: nullable(text(`${ACTIVITY}.query_id (14 and later)`)),
              query: nullable(text(`${ACTIVITY}.query, redacted and cut to 1000 characters`)),
              query_truncated: flag('whether the end of the text is missing'),
            }),
            'the tree, depth first: who waits for a session stands behind it, one deeper',
          ),
        }),
        'who has waited for more than a second (the 50 that wait longest) and who is in their way; largest tree first. Null without pg_read_all_stats',
      ),
    ),
    modes: nullable(
      list(
        record({
          mode: text('pg_locks.mode'),
          granted: flag('pg_locks.granted'),
          locks: integer('how many'),
        }),
        'all locks of the server by mode; null: not read, since nobody waits',
      ),
    ),
    deadlocks: nullable(
      cumulative(
        int64('pg_stat_database.deadlocks, sum of all databases; null: could not be read'),
      ),
    ),
    deadlocks_by_database: nullable(
      list(
        record({
          database: nullable(text('pg_stat_database.datname')),
          deadlocks: cumulative(int64('pg_stat_database.deadlocks')),
          stats_reset: nullable(moment('pg_stat_database.stats_reset: since when it counts')),
        }),
        'databases that have had any',
        'database',
      ),
    ),
    stats_epoch: nullable(
      moment('the later of pg_postmaster_start_time() and pg_stat_bgwriter.stats_reset'),
    ),
    truncated: flag('whether more have waited for a second than trees can tell'),
  },
);
