import { type Observable, catchError, map, of } from 'rxjs';
import { type Column, counter, words } from '../../postgres/column.ts';
import { selection } from '../../postgres/selection.ts';
import type { Server } from '../../ports/server.ts';
import type { Json } from '../../schema/json.ts';

const VIEW = 'pg_stat_database_conflicts';
const count = (name: string, description: string, ...needs: string[]): Column =>
  counter(name, `${VIEW}.${name}: queries cancelled because of ${description}`, ...needs);

/** Conflicts with recovery, one row per database of a standby. */
export const conflicts = {
  database: words('datname', `${VIEW}.datname`),
  confl_tablespace: count('confl_tablespace', 'a dropped tablespace'),
  confl_lock: count('confl_lock', 'a lock'),
  confl_snapshot: count('confl_snapshot', 'rows that were removed'),
  confl_bufferpin: count('confl_bufferpin', 'a pinned buffer'),
  confl_deadlock: count('confl_deadlock', 'a deadlock'),
  confl_active_logicalslot: count(
    'confl_active_logicalslot',
    'a logical slot (16 and later)',
    `${VIEW}.confl_active_logicalslot`,
  ),
};

/** Reads them; null where they cannot be read, which goes to `onError`. */
export function readConflicts(
  server: Server,
  has: (need: string) => boolean,
  onError: (error: unknown) => void,
): Observable<Json> {
  const { sql, read } = selection(conflicts, has);
  return server
    .query({
      name: 'pg_replication/conflicts',
      sql: `SELECT ${sql} FROM ${VIEW} WHERE datname NOT IN ('template0', 'template1')`,
      lane: 'slow',
      timeoutMs: 5_000,
    })
    .pipe(
      map((rows) => rows.map(read)),
      catchError((error: unknown) => {
        onError(error);
        return of(null);
      }),
    );
}
