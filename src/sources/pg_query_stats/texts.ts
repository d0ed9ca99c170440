import { EMPTY, type Observable, catchError, defer, ignoreElements, tap } from 'rxjs';
import { QueryError } from '../../errors.ts';
import { steadyClock } from '../../operators/steadyClock.ts';
import type { StatementsFacts } from '../../postgres/facts.ts';
import { redact } from '../../postgres/sql/redact.ts';
import type { Server } from '../../ports/server.ts';

/** Characters of a text that are kept. */
const MAX_CHARS = 4_096;
/** Bytes that all texts together may take; above it the longest unused go. */
const MAX_BYTES = 8_388_608;
/** The longest time between two reads of texts, in ms: each loads the server’s whole text file. */
const MAX_PERIOD_MS = 3_600_000;
/** A read that took longer halves how often texts are read. */
const SLOW_MS = 200;
/** How a statement of the agent is marked, in any version of it. */
const MARK = '/* pganalytics:';

/** A text, redacted. */
export interface Text {
  readonly text: string;
  readonly truncated: boolean;
  /** Whether the agent itself wrote the statement. */
  readonly mine: boolean;
}

/**
 * The texts of statements by query id, read from the server where they are not known: at most once a period, half as
 * often each time that takes longer than 200 ms. Holds what was redacted, never what was read, and at most 8 MiB of it.
 */
export class Texts {
  readonly #texts = new Map<string, Text>();
  readonly #clock = steadyClock();
  #bytes = 0;
  /** How many times as rarely as asked for, because a read took long. */
  #times = 1;
  #nextAt = -Infinity;
  #redacts: boolean | undefined;

  get(queryId: string): Text | undefined {
    const known = this.#texts.get(queryId);
    if (known) {
      this.#texts.delete(queryId);
      this.#texts.set(queryId, known);
    }
    return known;
  }

  /** Reads the texts of those ids that are not known, if it is time to; emits nothing. Errors go to `onError`. */
  refresh(
    server: Server,
    { schema, database }: StatementsFacts,
    queryIds: readonly string[],
    { redacts, periodMs }: { readonly redacts: boolean; readonly periodMs: number },
    onError: (error: unknown) => void,
  ): Observable<never> {
    return defer(() => {
      if (this.#redacts !== redacts) this.#forget(redacts);
      const now = this.#clock();
      const unknown = [...new Set(queryIds)].filter((id) => !this.#texts.has(id));
      if (unknown.length === 0 || now < this.#nextAt) return EMPTY;
      this.#nextAt = now + periodMs * this.#times;
      return server
        .query({
          name: 'pg_query_stats/texts',
          sql: `SELECT s.queryid, left(s.query, ${MAX_CHARS + 1}) FROM ${schema}.pg_stat_statements(true) s
            WHERE s.queryid = ANY ($1::bigint[])`,
          values: [unknown],
          lane: 'database',
          database,
          timeoutMs: 5_000,
          settings: { work_mem: '32MB' },
          batch: 50,
        })
        .pipe(
          tap({
            next: (rows) => {
              for (const [id = null, text = null] of rows) {
                if (id !== null && text !== null) this.#add(id, text, redacts);
              }
            },
            complete: () => {
              if (this.#clock() - now <= SLOW_MS) return;
              const period = Math.min(
                periodMs * this.#times * 2,
                Math.max(MAX_PERIOD_MS, periodMs),
              );
              this.#times = period / periodMs;
              this.#nextAt = now + period;
            },
          }),
          ignoreElements(),
          catchError((error: unknown) => {
            onError(error instanceof QueryError ? withRemedy(error, database) : error);
            return EMPTY;
          }),
        );
    });
  }

  #add(id: string, raw: string, redacts: boolean): void {
    if (this.#texts.has(id)) return;
    // Never half of a surrogate pair.
    const cut = raw.slice(0, MAX_CHARS).replace(/[\ud800-\udbff]$/, '');
    const text: Text = {
      text: redact(cut, { keepLiterals: !redacts }),
      truncated: cut.length < raw.length,
      mine: raw.includes(MARK),
    };
    this.#texts.set(id, text);
    this.#bytes += 2 * text.text.length;
    for (const [oldest, dropped] of this.#texts) {
      if (this.#bytes <= MAX_BYTES) break;
      this.#texts.delete(oldest);
      this.#bytes -= 2 * dropped.text.length;
    }
  }

  #forget(redacts: boolean): void {
    this.#redacts = redacts;
    this.#texts.clear();
    this.#bytes = 0;
    this.#nextAt = -Infinity;
  }
}

/** One text that cannot be converted fails the read of all. */
const withRemedy = (error: QueryError, database: string): QueryError =>
  error.sqlstate === '22021' || error.sqlstate === '22P05'
    ? new QueryError(
        error.sqlstate,
        error.query,
        `a statement’s text cannot be converted to the encoding of ${database}; texts stay unknown until it leaves pg_stat_statements (pg_stat_statements_reset())`,
        { cause: error },
      )
    : error;
