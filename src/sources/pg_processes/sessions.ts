import { type Observable, map } from 'rxjs';
import type { Server } from '../../ports/server.ts';
import { timestamp } from '../../postgres/values.ts';
import type { OwnSession } from './look.ts';

/** What a process of the server does, as `pg_stat_activity` says. */
export interface ProcessSession {
  readonly datid: string | null;
  readonly usesysid: string | null;
  readonly application: string | null;
  readonly client: string | null;
  readonly backendType: string | null;
  readonly state: string | null;
  readonly waitType: string | null;
  readonly waitEvent: string | null;
  readonly queryId: string | null;
  readonly query: string | null;
}

export interface ProcessSessions {
  readonly own: OwnSession;
  readonly byPid: ReadonlyMap<number, ProcessSession>;
}

/** Reads all sessions, with the texts of those that do not idle. */
export function readSessions(
  server: Server,
  has: (need: string) => boolean,
): Observable<ProcessSessions> {
  const queryId = has('pg_stat_activity.query_id') ? 'nullif(query_id, 0)' : 'NULL';
  const sql = `SELECT pid, nullif(datid, 0), nullif(usesysid, 0), application_name, client_addr, backend_type, state,
      wait_event_type, wait_event, ${queryId}, CASE WHEN state <> 'idle' THEN query END,
      CASE WHEN pid = pg_backend_pid() THEN backend_start END
    FROM pg_stat_get_activity(NULL)`;
  return server.query({ name: 'pg_processes/sessions', sql, lane: 'slow', timeoutMs: 5_000 }).pipe(
    map((rows) => {
      const byPid = new Map<number, ProcessSession>();
      let own: OwnSession = { pid: 0, startedAt: 0 };
      for (const row of rows) {
        const pid = Number(row[0]);
        const text = (index: number): string | null => row[index] ?? null;
        byPid.set(pid, {
          datid: text(1),
          usesysid: text(2),
          application: text(3),
          client: text(4),
          backendType: text(5),
          state: text(6),
          waitType: text(7),
          waitEvent: text(8),
          queryId: text(9),
          query: text(10),
        });
        const start = timestamp(text(11));
        if (start !== null) own = { pid, startedAt: Date.parse(start) };
      }
      return { own, byPid };
    }),
  );
}
