import { type Observable, map } from 'rxjs';
import { serverStart } from '../../postgres/serverStart.ts';
import { bool } from '../../postgres/values.ts';
import type { MonitoredServer } from '../source.ts';

/** What decides whether a custom query may run, and whether it is meant to. */
export interface ServerRole {
  /** Major version. */
  readonly version: number;
  /** `pg_is_in_recovery()`: true on a standby. */
  readonly inRecovery: boolean;
  /** `session_user` */
  readonly role: string;
  /** It is a superuser, or may become one, or may write files or start programs on the server. */
  readonly privileged: boolean;
  /** The maintenance database. */
  readonly database: string;
  /** What answered, for `Query.start`. */
  readonly start: string;
}

const sql = `SELECT current_setting('server_version_num')::int / 10000, pg_is_in_recovery(), session_user, current_database(),
  EXISTS (SELECT FROM pg_roles AS r WHERE pg_has_role(session_user, r.oid, 'MEMBER')
    AND (r.rolsuper OR r.rolname IN ('pg_execute_server_program', 'pg_write_server_files'))), ${serverStart}`;

/** Asks who we are and what the server is, before each run: both can change at any moment. */
export function serverRole(server: MonitoredServer): Observable<ServerRole> {
  return server.query({ name: 'custom/(role)', lane: 'slow', timeoutMs: 5_000, sql }).pipe(
    map(([row = []]) => ({
      version: Number(row[0]),
      inRecovery: bool(row[1] ?? null) === true,
      role: row[2] ?? '',
      database: row[3] ?? '',
      start: row[5] ?? '',
      privileged: bool(row[4] ?? null) !== false,
    })),
  );
}
