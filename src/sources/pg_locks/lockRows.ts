/** Waiters whose blockers are asked for in one read: `pg_blocking_pids` takes all locks of the lock manager. */
export const MAX_WAITERS = 50;

/** A lock that is awaited or held; oids and positions as the server writes them. `pg_locks`. */
export interface Lock {
  readonly pid: number | null;
  readonly locktype: string;
  readonly mode: string;
  readonly databaseOid: string | null;
  readonly relationOid: string | null;
  readonly page: number | null;
  readonly tuple: number | null;
  readonly transactionid: string | null;
  readonly virtualxid: string | null;
  readonly classOid: string | null;
  readonly objectId: string | null;
  /** Of a lock that no process holds: the prepared transaction that does. */
  readonly gid: string | null;
  /** Tells what is locked: equal for all locks of one object. */
  readonly object: string;
}

/** A lock that a backend has awaited for more than a second, and who is in its way; pid 0: a prepared transaction. */
export interface Waiter extends Lock {
  readonly pid: number;
  /** ISO 8601; null before 14. */
  readonly waitStart: string | null;
  readonly blockers: readonly number[];
}

/** A backend that waits or is waited for. `pg_stat_activity`. */
export interface Involved {
  readonly pid: number;
  readonly datid: string | null;
  readonly usesysid: string | null;
  readonly application: string | null;
  readonly client: string | null;
  readonly backendType: string | null;
  readonly state: string | null;
  readonly waitType: string | null;
  readonly waitEvent: string | null;
  readonly xactStart: string | null;
  readonly queryStart: string | null;
  readonly queryId: string | null;
  readonly query: string | null;
}

/** How many locks there are of a mode. */
export interface ModeCount {
  readonly mode: string;
  readonly granted: boolean;
  readonly locks: number;
}

/** One look at the locks. */
export interface LockReading {
  /** The server's clock. */
  readonly readAt: string | null;
  /** Backends that wait for a lock, however long. */
  readonly waiting: number;
  /** Backends that have waited for more than a second. */
  readonly waitingLong: number;
  readonly waiters: readonly Waiter[];
  /** Granted locks on what the waiters wait for. */
  readonly held: readonly Lock[];
  readonly involved: readonly Involved[];
  /** Empty where nobody waits: then the locks were not read. */
  readonly modes: readonly ModeCount[];
}

/**
 * Everything that is told of locks, in one statement. `pg_lock_status()` is called only where somebody waits (the condition
 * is a one-time filter), `pg_blocking_pids` only for who has waited for more than a second, at most for 50.
 *
 * A prepared transaction holds the lock on its own id; that tells which of its locks, held by no process, are its.
 *
 * 13 does not know since when a lock is awaited: there the statement must have run for a second.
 */
export const locksSql = (has: (need: string) => boolean): string => {
  const since = has('pg_locks.waitstart')
    ? 'coalesce(l.waitstart, a.query_start)'
    : 'a.query_start';
  const queryId = has('pg_stat_activity.query_id') ? 'query_id' : 'NULL::bigint';
  const lock = `l.pid, l.locktype, l.mode, l.database, l.relation, l.page, l.tuple, l.transactionid, l.virtualxid,
    l.classid, l.objid, l.gid, l.object`;
  const none = (count: number): string => Array.from({ length: count }, () => 'NULL').join(', ');
  return `WITH a AS MATERIALIZED (SELECT * FROM pg_stat_get_activity(NULL)),
  s AS MATERIALIZED (
    SELECT * FROM pg_lock_status() WHERE EXISTS (SELECT FROM a WHERE a.wait_event_type = 'Lock')),
  p AS MATERIALIZED (
    SELECT x.gid, s.virtualtransaction FROM s JOIN pg_prepared_xact() x ON x.transaction = s.transactionid
    WHERE s.pid IS NULL AND s.locktype = 'transactionid' AND s.granted),
  l AS MATERIALIZED (
    SELECT s.*, p.gid, concat_ws('/', s.locktype, coalesce(s.database, 0), coalesce(s.relation, 0), coalesce(s.page, -1),
        coalesce(s.tuple, -1), s.virtualxid, s.transactionid::text, coalesce(s.classid, 0), coalesce(s.objid, 0),
        coalesce(s.objsubid, 0)) AS object
    FROM s LEFT JOIN p ON s.pid IS NULL AND s.virtualtransaction = p.virtualtransaction),
  w AS MATERIALIZED (
    SELECT l.*, ${since} AS since FROM l JOIN a ON a.pid = l.pid
    WHERE NOT l.granted AND a.wait_event_type = 'Lock' AND ${since} < clock_timestamp() - interval '1 s'),
  b AS MATERIALIZED (
    SELECT t.*, pg_blocking_pids(t.pid) AS blockers FROM (SELECT * FROM w ORDER BY since LIMIT ${MAX_WAITERS}) t)
  SELECT 'totals', statement_timestamp()::text, (SELECT count(*) FROM a WHERE wait_event_type = 'Lock')::text,
    (SELECT count(*) FROM w)::text, ${none(12)}
  UNION ALL SELECT 'waiter', ${cast(lock)}, ${has('pg_locks.waitstart') ? 'l.waitstart::text' : 'NULL'}, l.blockers::text FROM b l
  UNION ALL SELECT 'held', ${cast(lock)}, NULL, NULL FROM l
    WHERE l.granted AND l.object IN (SELECT object FROM b)
  UNION ALL SELECT 'involved', ${cast('a.pid, a.datid, a.usesysid, a.application_name, a.client_addr, a.backend_type, a.state, a.wait_event_type, a.wait_event, a.xact_start, a.query_start')},
    ${queryId}::text, a.query, NULL, NULL
  FROM a WHERE a.pid IN (SELECT pid FROM b UNION SELECT unnest(blockers) FROM b)
  UNION ALL SELECT 'mode', mode, granted::text, count(*)::text, ${none(12)} FROM l GROUP BY mode, granted`;
};

const cast = (columns: string): string =>
  columns
    .split(',')
    .map((column) => `${column.trim()}::text`)
    .join(', ');
