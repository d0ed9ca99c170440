import { type Column, bigint, float, int, time, words } from '../../postgres/column.ts';
import { activityFrom } from '../activityFrom.ts';
import type { Views } from '../jsonRows.ts';
import { bytesBehind } from './position.ts';

const VIEW = 'pg_stat_replication';

const lag = (what: string, description: string): Record<string, Column> => ({
  [`${what}_lag_bytes`]: bigint(
    bytesBehind(`w.${what === 'sent' ? 'sent' : what}_lsn`),
    `${VIEW}.${what}_lsn: WAL that was not yet ${description}`,
  ),
});
/** Null where the server does not know; 0 where all was acknowledged, whatever it last measured. */
const delay = (what: string, description: string): Record<string, Column> => ({
  [`${what}_lag_seconds`]: float(
    `CASE WHEN w.${what}_lsn >= (SELECT lsn FROM here) THEN 0 ELSE extract(epoch FROM w.${what}_lag) END`,
    `${VIEW}.${what}_lag: time until recent WAL was ${description}; 0 where nothing is behind`,
  ),
});

/** The senders of WAL: w is pg_stat_get_wal_senders(), a the activity of the same process. */
export const senders = {
  pid: int('w.pid', `${VIEW}.pid`),
  application_name: words('a.application_name', `${VIEW}.application_name: the standby's name`),
  client_addr: words('a.client_addr', `${VIEW}.client_addr; null: a Unix socket`),
  backend_start: time('a.backend_start', `${VIEW}.backend_start`),
  backend_xmin_age: int(
    'age(a.backend_xmin)',
    `age() of ${VIEW}.backend_xmin: hot_standby_feedback without a slot`,
  ),
  state: words('w.state', `${VIEW}.state: \`startup\`, \`catchup\`, \`streaming\`, \`backup\`, …`),
  sync_state: words(
    'w.sync_state',
    `${VIEW}.sync_state: \`async\`, \`potential\`, \`sync\`, \`quorum\``,
  ),
  sync_priority: int('w.sync_priority', `${VIEW}.sync_priority`),
  sent_lsn: words('w.sent_lsn', `${VIEW}.sent_lsn`),
  replay_lsn: words('w.replay_lsn', `${VIEW}.replay_lsn`),
  ...lag('sent', 'sent'),
  ...lag('write', 'written by the standby'),
  ...lag('flush', 'flushed by the standby'),
  ...lag('replay', 'replayed by the standby'),
  ...delay('write', 'written by the standby'),
  ...delay('flush', 'flushed by the standby'),
  ...delay('replay', 'replayed by the standby'),
  reply_time: time('w.reply_time', `${VIEW}.reply_time: by the standby's clock`),
};

/** Where the columns come from: the functions of the view, without the names of roles, whose catalog may be locked. */
export const sendersFrom = (has: (need: string) => boolean): Views => ({
  from: `pg_stat_get_wal_senders() w LEFT JOIN ${activityFrom(has)} a ON a.pid = w.pid`,
  aliases: { w: VIEW, a: 'pg_stat_activity' },
});
