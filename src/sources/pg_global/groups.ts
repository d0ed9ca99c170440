import { archiver } from './archiver.ts';
import { bgwriter } from './bgwriter.ts';
import { checkpointer } from './checkpointer.ts';
import { checksums } from './checksums.ts';
import { connections } from './connections.ts';
import { transactionIds } from './transactionIds.ts';
import { wal } from './wal.ts';

/** The groups of `pg_global`, each an object of the metric; one row holds them all, see `groupsFrom`. */
export const groups = {
  connections,
  transaction_ids: transactionIds,
  checkpointer,
  bgwriter,
  wal,
  archiver,
  checksums,
};

/** The views that columns of the groups name by a letter. */
export const groupViews = {
  b: 'pg_stat_bgwriter',
  c: 'pg_stat_checkpointer',
  w: 'pg_stat_wal',
  r: 'pg_stat_archiver',
};

const sessionCounts = `SELECT count(*) AS client, count(*) FILTER (WHERE state = 'active') AS active,
      count(*) FILTER (WHERE state = 'idle') AS idle,
      count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS idle_in_transaction,
      count(*) FILTER (WHERE wait_event_type = 'Lock') AS waiting_for_lock
    FROM pg_stat_activity WHERE backend_type = 'client backend'`;
/** Sessions are not seen: not 0. */
const noSessions = `SELECT NULL::bigint AS client, NULL::bigint AS active, NULL::bigint AS idle,
      NULL::bigint AS idle_in_transaction, NULL::bigint AS waiting_for_lock`;

/** Where the columns of one row come from; views that older versions lack, or that may not be read, are left out. */
export function groupsFrom(has: (need: string) => boolean): string {
  const ofDatabase = (column: string, aggregate: string, type: string): string =>
    `${has(`pg_stat_database.${column}`) ? `${aggregate}(s.${column})` : `NULL::${type}`} AS ${column}`;
  return `(VALUES (1)) one (row)
  ${Object.entries(groupViews)
    .map(([alias, view]) => (has(view) ? `CROSS JOIN ${view} ${alias}` : ''))
    .join(' ')}
  CROSS JOIN (${has('pg_stat_activity') ? sessionCounts : noSessions}) a
  CROSS JOIN (SELECT ${ofDatabase('numbackends', 'sum', 'bigint')},
      ${ofDatabase('checksum_failures', 'sum', 'numeric')},
      ${ofDatabase('checksum_last_failure', 'max', 'timestamptz')}, max(age(p.datfrozenxid)) AS xid_age,
      max(mxid_age(p.datminmxid)) AS mxid_age,
      (array_agg(p.datname ORDER BY age(p.datfrozenxid) DESC) FILTER (WHERE p.oid IS NOT NULL))[1] AS xid_database,
      (array_agg(p.datname ORDER BY mxid_age(p.datminmxid) DESC) FILTER (WHERE p.oid IS NOT NULL))[1] AS mxid_database
    FROM pg_stat_database s LEFT JOIN pg_database p ON p.oid = s.datid) d`;
}
