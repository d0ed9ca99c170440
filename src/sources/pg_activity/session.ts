import type { Row } from '../../ports/server.ts';
import { bool, float, timestamp } from '../../postgres/values.ts';

/** What a row of the read stands for. */
export type RowKind = 'session' | 'prepared_transaction' | 'slot' | 'slot_catalog';

/** A backend as `pg_stat_get_activity` shows it, or another holder of the xmin horizon. Timestamps: ISO 8601, UTC. */
export interface Session {
  readonly kind: RowKind;
  /** Of a prepared transaction or a slot. */
  readonly name: string | null;
  readonly pid: number | null;
  readonly datid: string | null;
  readonly usesysid: string | null;
  readonly state: string | null;
  readonly waitType: string | null;
  readonly waitEvent: string | null;
  /** Decimal digits; 14 and later. */
  readonly queryId: string | null;
  /** Null where the row may not be seen. */
  readonly backendType: string | null;
  readonly application: string | null;
  readonly client: string | null;
  /** The agent's own connection that reads this. */
  readonly own: boolean;
  /** Only where it is not idle, and has changed since the last read or all were asked for. */
  readonly query: string | null;
  readonly backendStart: string | null;
  readonly xactStart: string | null;
  readonly queryStart: string | null;
  readonly stateChange: string | null;
  /** Transactions that began since the oldest that it still sees or is; null where it holds nothing. */
  readonly xminAge: number | null;
  /** The server's clock at the read, as it writes it. */
  readonly readAt: string | null;
}

/**
 * One read of all backends. `$1`: everything, with prepared transactions and slots; else only who does something. `$2`:
 * when the last read was, so that texts that are known do not travel again.
 *
 * It takes no lock on a catalog: names of databases and roles come from elsewhere. VACUUM holds back nothing, so a backend
 * that vacuums has no age. `backend_xid` counts like `backend_xmin`: nothing that runs is older than what is written.
 */
export const sessionsSql = (
  has: (need: string) => boolean,
): string => `SELECT 'session', NULL::text, a.pid,
    a.datid, a.usesysid, a.state, a.wait_event_type, a.wait_event, ${has('pg_stat_activity.query_id') ? 'a.query_id' : 'NULL::bigint'},
    a.backend_type, a.application_name, a.client_addr, a.pid = pg_backend_pid(),
    CASE WHEN a.state <> 'idle' AND ($1::boolean OR a.query_start >= $2::timestamptz) THEN a.query END,
    a.backend_start, a.xact_start, a.query_start, a.state_change,
    CASE WHEN $1::boolean AND NOT EXISTS (SELECT FROM pg_stat_get_progress_info('VACUUM') v WHERE v.pid = a.pid)
      THEN greatest(age(a.backend_xid), age(a.backend_xmin)) END,
    statement_timestamp()
  FROM pg_stat_get_activity(NULL) a
  WHERE $1::boolean OR (a.state <> 'idle' AND a.wait_event_type IS DISTINCT FROM 'Activity')
    OR (a.state IS NULL AND a.backend_type IS NOT NULL AND a.wait_event_type IS DISTINCT FROM 'Activity')
  UNION ALL SELECT 'prepared_transaction', p.gid, NULL, p.dbid, p.ownerid, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    false, NULL, NULL, p.prepared, NULL, NULL, age(p.transaction), NULL
  FROM pg_prepared_xact() p WHERE $1::boolean
  UNION ALL SELECT k.kind, s.slot_name, s.active_pid, s.datoid, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    false, NULL, NULL, NULL, NULL, NULL, age(k.xid), NULL
  FROM pg_get_replication_slots() s, LATERAL (VALUES ('slot', s.xmin), ('slot_catalog', s.catalog_xmin)) k (kind, xid)
  WHERE $1::boolean AND k.xid IS NOT NULL`;

/** A row of the read. */
export function sessionOf(row: Row): Session {
  const text = (index: number): string | null => row[index] ?? null;
  return {
    kind: text(0) as RowKind,
    name: text(1),
    pid: float(text(2)),
    // Background processes have the oid 0, or none.
    datid: text(3) === '0' ? null : text(3),
    usesysid: text(4) === '0' ? null : text(4),
    state: text(5),
    waitType: text(6),
    waitEvent: text(7),
    queryId: text(8) === '0' ? null : text(8),
    backendType: text(9),
    application: text(10),
    client: text(11),
    own: bool(text(12)) === true,
    query: text(13),
    backendStart: timestamp(text(14)),
    xactStart: timestamp(text(15)),
    queryStart: timestamp(text(16)),
    stateChange: timestamp(text(17)),
    xminAge: float(text(18)),
    readAt: text(19),
  };
}
