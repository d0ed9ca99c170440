import { QueryError, UnavailableError } from '../../errors.ts';

/** `query_canceled`: by `statement_timeout`, or by somebody who had enough of it. */
const CANCELED = '57014';
/** So many time-outs in a row and a query rests, for so long, then twice as long each time, at most so long; in ms. */
const TIMES = 3;
const FIRST_MS = 60_000;
const LONGEST_MS = 1_800_000;
/** Queries remembered at once; beyond it the oldest is forgotten. */
const MAX_QUERIES = 1_000;

interface Timeouts {
  times: number;
  until: number;
  restMs: number;
}

/**
 * Lets a query that keeps timing out rest. It is tried again after each rest; one answer and it is as any other. A
 * server that does not answer at all is no fault of a query: only what the server itself cancelled counts.
 *
 *     asked     t--t--t--r--r--r-----t--r--r--r--r--…--a--a     t = time-out, r = rests (not asked), a = answers
 */
export class Rests {
  readonly #queries = new Map<string, Timeouts>();

  /** Why the query is not asked now; undefined where it may be. */
  refusal(query: string, now: number): UnavailableError | undefined {
    const known = this.#queries.get(query);
    // A rest that seems longer than it was begins in the future: the clock was set back.
    if (!known || now >= known.until || known.until - now > known.restMs) return undefined;
    const minutes = known.restMs / 60_000;
    return new UnavailableError(
      `${query} timed out ${known.times} times in a row; it rests for ${minutes} min`,
    );
  }

  /** Notes how a query ended. */
  ended(query: string, error: unknown, now: number): void {
    if (error === null) {
      this.#queries.delete(query);
      return;
    }
    if (!(error instanceof QueryError) || error.sqlstate !== CANCELED) return;
    const known = this.#queries.get(query) ?? { times: 0, until: 0, restMs: 0 };
    known.times++;
    if (known.times >= TIMES) {
      known.restMs = Math.min(LONGEST_MS, known.restMs === 0 ? FIRST_MS : known.restMs * 2);
      known.until = now + known.restMs;
    }
    this.#queries.set(query, known);
    if (this.#queries.size > MAX_QUERIES) {
      this.#queries.delete(this.#queries.keys().next().value ?? '');
    }
  }
}
