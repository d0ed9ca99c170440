import {
  type Observable,
  asyncScheduler,
  concatMap,
  catchError,
  map,
  of,
  tap,
  throwError,
  toArray,
} from 'rxjs';
import { QueryError, UnavailableError } from '../../errors.ts';
import type { Query, Row, Server } from '../../ports/server.ts';

/** `lock_not_available`: what `lock_timeout` makes of a wait. */
const LOCK_NOT_AVAILABLE = '55P03';
/** How long an answer about locks is believed, in ms. */
const BELIEVED_MS = 5_000;
/** Queries remembered at once; beyond it the oldest is forgotten. */
const MAX_QUERIES = 1_000;

/** Catalogs of the whole server, by oid, and what in a statement is sure to need them: themselves, and views of statistics. */
const shared: Readonly<Record<string, { readonly name: string; readonly needed: RegExp }>> = {
  1262: {
    name: 'pg_database',
    needed: /\bpg_(database|stat_database|stat_activity|stat_progress_|replication_slots)/,
  },
  1260: {
    name: 'pg_authid',
    needed: /\bpg_(authid|roles|get_userbyid|stat_activity|stat_replication)\b/,
  },
};
const nameOf = (oid: string): string => shared[oid]?.name ?? `the system catalog with oid ${oid}`;

/** The system catalogs that somebody holds or awaits an AccessExclusiveLock on; needs none of them. */
const lockedSql = `SELECT DISTINCT relation FROM pg_locks
  WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock' AND relation < 16384`;

/**
 * Keeps queries from waiting behind a lock on a system catalog (`LOCK TABLE pg_authid`, `VACUUM FULL pg_class`): each wait
 * would end as an ERROR in the server's log, at every tick. Once a query has met such a lock, those that need the catalog
 * ask first whether it is still there, and are not sent as long as it is.
 *
 *     lock      -------xxxxxxxxxxxxxxxxxxxxx---------
 *     asked     a----a----a----a----a----a----a----a-
 *     sent      a----a----#---------l----l----l----a-     # = 55P03; l = only which catalogs are locked
 */
export class CatalogLocks {
  /** The catalogs that were locked when a query met a lock; null: not known yet. */
  readonly #met = new Map<string, ReadonlySet<string> | null>();
  #locked: readonly string[] = [];
  #lockedAt = -Infinity;
  #suspected = false;

  /**
   * Sends a query, or says why not: `UnavailableError`.
   *
   * @param which Tells queries apart; those of several databases, too.
   */
  send(which: string, read: Query, server: Pick<Server, 'query'>): Observable<readonly Row[]> {
    // While it waited for its turn, another one may have met a lock.
    const gate = (): Error | null => (this.#asksFirst(which, read) ? askFirst : null);
    return server.query({ ...read, gate }).pipe(
      catchError((error: unknown) =>
        error === askFirst
          ? this.#sendUnlocked(which, read, server)
          : throwError(() => error as Error),
      ),
      tap({ error: (error: unknown) => this.#failed(which, read, error) }),
    );
  }

  #sendUnlocked(
    which: string,
    read: Query,
    server: Pick<Server, 'query'>,
  ): Observable<readonly Row[]> {
    return this.#ask(read, server).pipe(
      concatMap((locked) => {
        const inTheWay = this.#inTheWay(which, read, locked);
        return inTheWay.length === 0
          ? server.query(read)
          : throwError(() => new UnavailableError(waits(which, inTheWay)));
      }),
    );
  }

  #asksFirst(which: string, { sql, guest }: Query): boolean {
    return (
      this.#suspected &&
      !guest &&
      (this.#met.has(which) || Object.values(shared).some(({ needed }) => needed.test(sql)))
    );
  }

  #ask(
    { name, lane, database }: Query,
    server: Pick<Server, 'query'>,
  ): Observable<readonly string[]> {
    const now = asyncScheduler.now();
    if (now - this.#lockedAt < BELIEVED_MS && now >= this.#lockedAt) return of(this.#locked);
    const [source = ''] = name.split('/');
    const where = database === undefined ? { lane } : { lane, database };
    const asked: Query = { name: `${source}/locks`, sql: lockedSql, timeoutMs: 1_000, ...where };
    return server.query(asked).pipe(
      toArray(),
      map((chunks) => chunks.flat().map(([oid]) => oid ?? '')),
      tap((locked) => {
        this.#locked = locked;
        this.#lockedAt = now;
        this.#suspected = locked.length > 0;
      }),
    );
  }

  #inTheWay(which: string, { sql }: Query, locked: readonly string[]): readonly string[] {
    const met = this.#met.get(which);
    if (met === null && locked.length > 0) this.#met.set(which, new Set(locked));
    return locked.filter((oid) => met === null || met?.has(oid) || shared[oid]?.needed.test(sql));
  }

  #failed(which: string, { guest }: Query, error: unknown): void {
    if (guest || !(error instanceof QueryError) || error.sqlstate !== LOCK_NOT_AVAILABLE) return;
    this.#met.set(which, null);
    this.#suspected = true;
    this.#lockedAt = -Infinity;
    if (this.#met.size > MAX_QUERIES) this.#met.delete(this.#met.keys().next().value ?? '');
  }
}

/** Why a gate is closed; nobody else sees it. */
const askFirst = new UnavailableError('a catalog may be locked');

const waits = (which: string, locked: readonly string[]): string =>
  `${which} is not asked while somebody holds or awaits an AccessExclusiveLock on ${locked.map(nameOf).join(' and ')}`;
