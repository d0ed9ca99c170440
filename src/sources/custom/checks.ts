import { type Observable, concatMap, defer, map, of, tap, throwError, toArray } from 'rxjs';
import { QueryError } from '../../errors.ts';
import { steadyClock } from '../../operators/steadyClock.ts';
import type { Query, Row } from '../../ports/server.ts';
import { isTable } from '../../schema/config/plainData.ts';
import { layout } from './layout.ts';
import { LayoutError } from './layoutError.ts';
import type { QuerySettings } from './customSettings.ts';
import type { MonitoredServer } from '../source.ts';
import type { Statement } from './statement.ts';

/** What the planner expects of a statement; null where it does not tell. */
export interface Plan {
  readonly cost: number | null;
  readonly rows: number | null;
}

export interface CheckOptions {
  readonly server: MonitoredServer;
  /** Of the query. */
  readonly name: string;
  readonly statement: Statement;
  readonly settings: QuerySettings;
  /** All that a guest's query has but name and statement. */
  readonly base: Omit<Query, 'name' | 'sql' | 'guest'>;
}

/** A statement that was accepted is looked at again after this long, in ms, as is one that was refused. */
const HOUR_MS = 3_600_000;
/** One that failed while it ran is tried again after this long, in ms: each failure is a line in the server's log. */
const FAILED_MS = 600_000;

interface Verdict {
  readonly of: string;
  readonly until: number;
  readonly plan?: Plan;
  readonly error?: Error;
}

/** What is known of one query in each database: whether it can be prepared there, and what it would cost. */
export class Checks {
  readonly #verdicts = new Map<string, Verdict>();
  readonly #clock = steadyClock();

  /** Prepares the statement and asks for its plan, unless that was done lately. Errors with what is wrong with it. */
  check(options: CheckOptions): Observable<Plan> {
    return defer(() => {
      const { database = '' } = options.base;
      const known = this.#verdicts.get(database);
      const current = known?.of === keyOf(options) && this.#clock() < known.until;
      if (current && known.error) {
        const { error } = known;
        return throwError(() => error);
      }
      if (current && known.plan) return of(known.plan);
      return prepare(options).pipe(
        tap({
          next: (plan) => this.#know(options, HOUR_MS, { plan }),
          error: (error: unknown) => {
            if (isVerdict(error)) this.#know(options, HOUR_MS, { error });
          },
        }),
      );
    });
  }

  /** Notes that the statement failed while it ran. */
  failed(options: CheckOptions, error: unknown): void {
    if (isVerdict(error)) this.#know(options, FAILED_MS, { error });
  }

  forget(database: string): void {
    this.#verdicts.delete(database);
  }

  #know(options: CheckOptions, forMs: number, rest: Pick<Verdict, 'plan' | 'error'>): void {
    const { database = '' } = options.base;
    const until = this.#clock() + forMs;
    this.#verdicts.set(database, { of: keyOf(options), until, ...rest });
  }
}

/** Another statement, another role or another server: what was found out says nothing of them. */
const keyOf = ({ statement, settings: { query } }: CheckOptions): string =>
  JSON.stringify([statement.sql, query.search_path, query.columns]);

/** Cancelled, a conflict with recovery, a shutdown: these say nothing of the statement. */
const passing: ReadonlySet<string> = new Set([
  '57014',
  '40001',
  '40P01',
  '55P03',
  '57P01',
  '57P04',
]);

const isVerdict = (error: unknown): error is Error =>
  error instanceof LayoutError || (error instanceof QueryError && !passing.has(error.sqlstate));

function prepare({ server, name, statement, settings, base }: CheckOptions): Observable<Plan> {
  function ask(what: string, sql: string, maxRows: number | null): Observable<readonly Row[]> {
    const read = { ...base, name: `custom/${name}/${what}`, sql, guest: { maxRows } };
    return server.query(read).pipe(
      toArray(),
      map((chunks) => chunks.flat()),
    );
  }
  return ask('columns', statement.sql, null).pipe(
    tap(([names = [], types = []]) => void layout(names, types, settings.query.columns)),
    concatMap(() => ask('plan', `${explain}${statement.sql}`, 1)),
    map((rows) => planOf(rows[3]?.[0] ?? '')),
  );
}

/** Stands before the statement, on a line of its own length: positions count from it. */
export const explain = 'EXPLAIN (FORMAT JSON) ';

function planOf(json: string): Plan {
  const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);
  try {
    const [first] = JSON.parse(json) as unknown[];
    const plan = isTable(first) && isTable(first['Plan']) ? first['Plan'] : {};
    return { cost: number(plan['Total Cost']), rows: number(plan['Plan Rows']) };
  } catch {
    return { cost: null, rows: null };
  }
}
