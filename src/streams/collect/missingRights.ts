import { type Observable, catchError, concatMap, defer, map, of, throwError } from 'rxjs';
import { QueryError } from '../../errors.ts';
import { steadyClock } from '../../operators/steadyClock.ts';
import type { Query, Row, Server } from '../../ports/server.ts';

const INSUFFICIENT_PRIVILEGE = '42501';
const START_TIME = 'pg_postmaster_start_time()';

/**
 * What of the words of a message the role may not use, as the objects of a GRANT: the message is in any language. `$1`:
 * the words.
 */
const missingSql = `SELECT 'EXECUTE ON FUNCTION ' || p.oid::regprocedure, quote_ident(current_user) FROM pg_proc p
  WHERE p.proname = ANY ($1::text[]) AND NOT has_function_privilege(p.oid, 'EXECUTE')
  UNION ALL SELECT 'SELECT ON ' || c.oid::regclass, quote_ident(current_user) FROM pg_class c
  WHERE c.relname = ANY ($1::text[]) AND c.relkind IN ('r', 'v', 'm', 'p', 'f') AND NOT has_table_privilege(c.oid, 'SELECT')
  ORDER BY 1 LIMIT 3`;

/** More statements than there are; of more, the oldest is tried again earlier. */
const MOST = 1_000;

/** A statement that failed for want of a right, and what it fails with until it is tried again. */
interface Refusal {
  readonly until: number;
  readonly error: Observable<never>;
}

/**
 * What to do where the role lacks a right. A statement that needs it is tried once in `retryMs`, not with each tick, since
 * each time is an ERROR in the server's log; meanwhile it fails with the same error, which names the GRANT. Where the role
 * may not ask when the server started, all is read without that: the time is NULL, as are fields that are made of it.
 *
 * Errors: those of the query; a missing right as a `QueryError` of the same SQLSTATE that says what to grant.
 */
export class MissingRights {
  readonly #clock = steadyClock();
  readonly #retryMs: number;
  readonly #refusals = new Map<string, Refusal>();
  #startIsClosed = false;

  constructor(retryMs: number) {
    this.#retryMs = retryMs;
  }

  /** Tries everything again. */
  forget(): void {
    this.#refusals.clear();
    this.#startIsClosed = false;
  }

  /** Takes over what the facts tell: whether the role may ask when the server started. */
  learn(has: (need: string) => boolean): void {
    if (has(START_TIME)) this.#startIsClosed = false;
  }

  /** Sends a read; a guest's goes as it is. */
  send(read: Query, query: Server['query']): ReturnType<Server['query']> {
    if (read.guest) return query(read);
    return defer(() => {
      const sent = this.#startIsClosed ? withoutStart(read) : read;
      const refusal = this.#refusals.size > 0 ? this.#refusals.get(keyOf(sent)) : undefined;
      if (refusal && this.#clock() < refusal.until) return refusal.error;
      return query(sent).pipe(
        catchError((error: unknown) => {
          if (!(error instanceof QueryError) || error.sqlstate !== INSUFFICIENT_PRIVILEGE)
            throw error;
          if (sent.sql.includes(START_TIME) && error.message.includes('pg_postmaster_start_time')) {
            this.#startIsClosed = true;
            return this.send(read, query);
          }
          return this.#refused(error, sent, query);
        }),
      );
    });
  }

  #refused(error: QueryError, sent: Query, query: Server['query']): Observable<never> {
    const { database, lane } = sent;
    const words = error.message.match(/\w+/g) ?? [];
    const where = database === undefined ? {} : { database };
    const name = 'facts/missing';
    return query({ name, sql: missingSql, values: [words], lane, ...where, timeoutMs: 1000 }).pipe(
      catchError(() => of<readonly Row[]>([])),
      map((rows) => named(error, rows)),
      concatMap((told) => {
        const refused$ = throwError(() => told);
        const key = keyOf(sent);
        this.#refusals.delete(key);
        this.#refusals.set(key, { until: this.#clock() + this.#retryMs, error: refused$ });
        const [oldest] = this.#refusals.keys();
        if (oldest !== undefined && this.#refusals.size > MOST) this.#refusals.delete(oldest);
        return refused$;
      }),
    );
  }
}

const keyOf = ({ name, database = '', sql }: Query): string => `${name}@${database} ${sql}`;

/** The same error, with what to grant. */
function named(error: QueryError, missing: readonly Row[]): QueryError {
  if (missing.length === 0) return error;
  const grants = missing.map(([right, role]) => `GRANT ${right ?? ''} TO ${role ?? ''}`);
  const { sqlstate, query, message, position } = error;
  return new QueryError(sqlstate, query, `${message}: ${grants.join('; ')}`, {
    cause: error,
    position,
  });
}

const withoutStart = (read: Query): Query => ({
  ...read,
  sql: read.sql.replaceAll(START_TIME, 'NULL::timestamptz'),
});
