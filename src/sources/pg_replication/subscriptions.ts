import { type Column, bigint, bool, counter, int, time, words } from '../../postgres/column.ts';
import { type Views, yes } from '../jsonRows.ts';
import { bytesBehind } from './position.ts';

const VIEW = 'pg_stat_subscription';
const STATS = 'pg_stat_subscription_stats';

const count = (name: string, description: string, since: number): Column =>
  counter(`t.${name}`, `${STATS}.${name}: ${description} (${since} and later)`, `${STATS}.${name}`);

/** Workers of subscriptions: s is pg_stat_subscription, t the statistics of the subscription. */
export const subscriptions = {
  subscription: words('s.subname', `${VIEW}.subname`),
  enabled: bool(
    yes('(SELECT bool_or(u.subenabled) FROM pg_subscription u WHERE u.subname = s.subname)'),
    'pg_subscription.subenabled, of any subscription of that name',
  ),
  worker_type: words(
    's.worker_type',
    `${VIEW}.worker_type: \`apply\`, \`parallel apply\`, \`table synchronization\` (17 and later)`,
    `${VIEW}.worker_type`,
  ),
  pid: int('s.pid', `${VIEW}.pid; null: it does not run`),
  relation_oid: int('s.relid', `${VIEW}.relid: the table that is being synchronised`),
  received_lsn: words('s.received_lsn', `${VIEW}.received_lsn`),
  latest_end_lsn: words('s.latest_end_lsn', `${VIEW}.latest_end_lsn: what was last reported back`),
  latest_end_time: time('s.latest_end_time', `${VIEW}.latest_end_time`),
  last_msg_send_time: time(
    's.last_msg_send_time',
    `${VIEW}.last_msg_send_time: the sender's clock`,
  ),
  last_msg_receipt_time: time('s.last_msg_receipt_time', `${VIEW}.last_msg_receipt_time`),
  unreported_bytes: bigint(
    bytesBehind('s.latest_end_lsn', 's.received_lsn'),
    'received_lsn − latest_end_lsn: received, not yet reported as applied',
  ),
  apply_error_count: count('apply_error_count', 'errors while changes were applied', 15),
  sync_error_count: count('sync_error_count', 'errors while tables were first copied', 15),
  confl_insert_exists: count('confl_insert_exists', 'a row to insert was there', 18),
  confl_update_origin_differs: count(
    'confl_update_origin_differs',
    'a row to update came from another origin',
    18,
  ),
  confl_update_exists: count('confl_update_exists', 'an update met a unique key', 18),
  confl_update_missing: count('confl_update_missing', 'a row to update was missing', 18),
  confl_delete_origin_differs: count(
    'confl_delete_origin_differs',
    'a row to delete came from another origin',
    18,
  ),
  confl_delete_missing: count('confl_delete_missing', 'a row to delete was missing', 18),
  confl_multiple_unique_conflicts: count(
    'confl_multiple_unique_conflicts',
    'a row met several unique keys',
    18,
  ),
  stats_reset: time(
    't.stats_reset',
    `${STATS}.stats_reset: when the counters were last reset (15 and later)`,
    `${STATS}.stats_reset`,
  ),
};

/** Where the columns come from. */
export const subscriptionsFrom = (has: (need: string) => boolean): Views => ({
  from: has(`${STATS}.subid`) ? `${VIEW} s LEFT JOIN ${STATS} t ON t.subid = s.subid` : `${VIEW} s`,
  aliases: { s: VIEW, t: STATS },
});
