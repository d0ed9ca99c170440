import {
  type Observable,
  catchError,
  concat,
  concatMap,
  defer,
  from,
  map,
  of,
  throwError,
} from 'rxjs';
import { QueryError } from '../errors.ts';

/**
 * The head of a WITH list: `locked (oid)`, the relations of this database that somebody holds or awaits an
 * AccessExclusiveLock on, as the tables that a size or definition function would touch as well: an index stands for its
 * table too (REINDEX locks only the index), a TOAST table for its owner. Such functions wait behind those locks, also
 * behind one that is only awaited.
 *
 * Use it in the statement that reads, so that nothing happens in between:
 *
 *     WITH ${lockedRelations}
 *     SELECT o.oid, pg_total_relation_size(o.oid) FROM unnest($1::oid[]) AS o (oid)
 *     WHERE NOT EXISTS (SELECT FROM locked WHERE locked.oid = o.oid)
 */
export const lockedRelations = `exclusive AS MATERIALIZED (
    SELECT DISTINCT relation AS oid FROM pg_locks
    WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  ), touched AS MATERIALIZED (
    SELECT oid FROM exclusive
    UNION SELECT i.indrelid FROM exclusive e JOIN pg_index i ON i.indexrelid = e.oid
  ), locked AS MATERIALIZED (
    SELECT oid FROM touched
    UNION SELECT c.oid FROM touched t JOIN pg_class c ON c.reltoastrelid = t.oid
  )`;

export interface GuardedReads<R> {
  /** The relations to read. */
  readonly oids: readonly number[];
  /**
   * Reads those of a chunk that are not locked, in one statement with `lockedRelations`. Emits once. A relation that has
   * no row in it was locked.
   */
  readonly read: (oids: readonly number[]) => Observable<readonly R[]>;
  /** The relation that a row belongs to. */
  readonly oidOf: (row: R) => number;
  /** Relations per statement. Default: 100. */
  readonly chunk?: number;
}

/** What was read of one chunk. */
export interface GuardedRead<R> {
  readonly rows: readonly R[];
  /** Relations that were locked: nothing is known of them. */
  readonly skipped: readonly number[];
}

/** `lock_not_available`: the lock came between the guard and the function. */
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Reads relations by oid in chunks, one after the other, and goes round those that are locked. Emits once per statement
 * that succeeded.
 *
 *     read      (1-100)r (101-200)# (101-150)r (151-200)r      # = 55P03
 *     result    -------r----------------------r---------r|
 *
 * A chunk that meets a lock none the less is halved, down to the one relation, which is skipped. Other errors are passed
 * on.
 */
export function guardedReads<R>(options: GuardedReads<R>): Observable<GuardedRead<R>> {
  const { oids, read, oidOf, chunk = 100 } = options;

  function attempt(part: readonly number[]): Observable<GuardedRead<R>> {
    return defer(() => read(part)).pipe(
      map((rows) => {
        const there = new Set(rows.map(oidOf));
        return { rows, skipped: part.filter((oid) => !there.has(oid)) };
      }),
      catchError((error: unknown) => {
        if (!(error instanceof QueryError) || error.sqlstate !== LOCK_NOT_AVAILABLE) {
          return throwError(() => error as Error);
        }
        if (part.length === 1) return of({ rows: [], skipped: part });
        const half = Math.ceil(part.length / 2);
        return concat(attempt(part.slice(0, half)), attempt(part.slice(half)));
      }),
    );
  }

  const chunks = Array.from({ length: Math.ceil(oids.length / chunk) }, (_, index) =>
    oids.slice(index * chunk, (index + 1) * chunk),
  );
  return from(chunks).pipe(concatMap(attempt));
}
