import type { Observable } from 'rxjs';
import { type GuardedRead, guardedReads, lockedRelations } from '../../postgres/lockGuard.ts';
import type { Row, Server } from '../../ports/server.ts';

const sql = `WITH ${lockedRelations}
  SELECT c.oid, CASE WHEN c.relkind = 'i' THEN pg_relation_size(c.oid)
      WHEN c.relkind <> 'p' THEN pg_total_relation_size(c.oid) END
  FROM pg_class c
  WHERE c.oid = ANY ($1::oid[]) AND NOT EXISTS (SELECT FROM locked WHERE locked.oid = c.oid)`;

/**
 * Emits rows of oid and size in bytes (of tables the total), one chunk after the other. Relations that another session
 * locks are skipped: a size function would wait for them.
 */
export function readRelationSizes(
  server: Server,
  database: string,
  oids: readonly number[],
): Observable<GuardedRead<Row>> {
  return guardedReads({
    oids,
    read: (chunk) =>
      server.query({
        name: 'pg_stats/relation_sizes',
        sql,
        values: [chunk],
        lane: 'database',
        database,
        timeoutMs: 30_000,
      }),
    oidOf: ([oid]) => Number(oid),
  });
}
