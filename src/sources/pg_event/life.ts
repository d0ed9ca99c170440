import type { Row } from '../../ports/server.ts';
import { bool, float, timestamp } from '../../postgres/values.ts';

/** What tells one life of a server from the next. Timestamps: ISO 8601, UTC, of the server's clock. */
export interface Life {
  /** `pg_postmaster_start_time()`. */
  readonly startedAt: string | null;
  /** `pg_is_in_recovery()`. */
  readonly inRecovery: boolean;
  /** `server_version_num`. */
  readonly versionNum: number;
  readonly version: string | null;
  /** `pg_stat_bgwriter.stats_reset`: moves at a crash. This one and the next: null where the function is closed. */
  readonly statsReset: string | null;
  /** `pg_stat_archiver.stats_reset`: moves at a crash too, and is reset apart. */
  readonly archiverReset: string | null;
  /** `backend_start` of the checkpointer, which starts anew after a crash alone; null where that may not be seen. */
  readonly checkpointerStart: string | null;
  /** Our own session: it does not outlive a crash. */
  readonly pid: number | null;
  /** When it was read. */
  readonly readAt: string | null;
}

/** One row; takes no lock on a catalog. A function that is closed to the role would fail it, so those are left out. */
export function lifeSql(has: (need: string) => boolean): string {
  const where = (name: string, sql: string): string => (has(`${name}()`) ? sql : 'NULL');
  return `SELECT pg_postmaster_start_time(), pg_is_in_recovery(), current_setting('server_version_num'),
  current_setting('server_version'),
  ${where('pg_stat_get_bgwriter_stat_reset_time', 'pg_stat_get_bgwriter_stat_reset_time()')},
  ${where('pg_stat_get_archiver', '(SELECT stats_reset FROM pg_stat_get_archiver())')},
  ${where('pg_stat_get_activity', `(SELECT max(backend_start) FROM pg_stat_get_activity(NULL) WHERE backend_type = 'checkpointer')`)},
  pg_backend_pid(), statement_timestamp()`;
}

/** The row of `lifeSql`. */
export const lifeOf = (row: Row): Life => ({
  startedAt: timestamp(row[0] ?? null),
  inRecovery: bool(row[1] ?? null) === true,
  versionNum: float(row[2] ?? null) ?? 0,
  version: row[3] ?? null,
  statsReset: timestamp(row[4] ?? null),
  archiverReset: timestamp(row[5] ?? null),
  checkpointerStart: timestamp(row[6] ?? null),
  pid: float(row[7] ?? null),
  readAt: timestamp(row[8] ?? null),
});
