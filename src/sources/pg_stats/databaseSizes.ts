import { type Observable, map } from 'rxjs';
import { int64 } from '../../postgres/values.ts';
import type { Server } from '../../ports/server.ts';
import type { Json } from '../../schema/json.ts';

/**
 * Emits the size of each database in bytes, once. Reading one walks through its files: rarely, please.
 *
 * Rights are asked first, because one refusal fails the whole list: those that are not ours to see are null.
 */
export function readDatabaseSizes(
  server: Server,
  names: readonly string[],
): Observable<ReadonlyMap<string, Json>> {
  return server
    .query({
      name: 'pg_stats/database_sizes',
      sql: `SELECT datname, CASE WHEN datconnlimit <> -2 AND (has_database_privilege(oid, 'CONNECT')
        OR pg_has_role('pg_read_all_stats', 'USAGE')) THEN pg_database_size(oid) END
      FROM pg_database WHERE datname::text = ANY ($1::text[])`,
      values: [names],
      lane: 'slow',
      timeoutMs: 30_000,
    })
    .pipe(map((rows) => new Map(rows.map(([name, bytes = null]) => [name ?? '', int64(bytes)]))));
}
