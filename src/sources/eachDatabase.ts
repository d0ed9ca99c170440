import {
  EMPTY,
  type Observable,
  catchError,
  concat,
  concatMap,
  defer,
  from,
  take,
  throwError,
} from 'rxjs';
import { OtherServerError, UnavailableError, messageOf } from '../errors.ts';
import { steadyClock } from '../operators/steadyClock.ts';
import type { ServerFacts } from '../postgres/facts.ts';
import type { SectionSettings } from '../schema/config.ts';
import type { Metric } from '../schema/metric.ts';
import { complaint } from './complaint.ts';
import { isPassing } from './isPassing.ts';
import { polled } from './polled.ts';
import { type ServerDatabase, serverDatabases } from './serverDatabases.ts';
import type { MonitoredServer, Sample, ServerContext } from './source.ts';
import { wantedDatabases } from './wantedDatabases.ts';
import { withFacts } from './withFacts.ts';

/** What is read in one database. */
export interface DatabaseVisit<S> {
  readonly database: ServerDatabase;
  /** The server, as long as the facts are of it; see `withFacts`. */
  readonly server: MonitoredServer;
  readonly facts: ServerFacts;
  readonly settings: S;
  /** The slot of the clock that this visit belongs to, ms since 1970. */
  readonly dueAt: number;
}

export interface EachDatabaseOptions<S> {
  /** The metric type: names the reads. */
  readonly type: string;
  /** What is read, in complaints: `sequences`. */
  readonly what: string;
  /** A standby is not read. Default: false. */
  readonly primaryOnly?: boolean;
  /** Whether a database is read of those that the server's settings ask for. Default: each. */
  readonly wants?: (name: string, settings: S) => boolean;
  /** Reads one database; queries on lane `database`. */
  readonly read: (visit: DatabaseVisit<S>) => Observable<Metric | readonly Metric[]>;
  /** Told of databases that were there before and are gone or no longer wanted. */
  readonly forget?: (names: ReadonlySet<string>) => void;
}

/** A round ends after this long at the latest, in ms; databases that remain come first in the next. */
const ROUND_MS = 300_000;

/**
 * Reads one database after the other, once per `interval` of the section.
 *
 *     due       x---------------------x------------
 *     visits    a-b-c|                d-a-b-c|         c: the first round had no time for d
 *     result    -m-m-m                -m-m-m-m
 *
 * Those that were visited longest ago go first, and a round takes half the interval at most, and 5 minutes. What fails
 * in one database is reported in one sentence at the end, and the others go on. Never errors.
 */
export function eachDatabase<S extends SectionSettings>(
  context: ServerContext<S>,
  options: EachDatabaseOptions<S>,
): Observable<Sample> {
  const { type, primaryOnly = false } = options;
  return defer(() => {
    const visitedAt = new Map<string, number>();
    const clock = steadyClock();
    return polled<S>(context, { timeoutMs: 2 * ROUND_MS }, (settings, dueAt) =>
      withFacts(context, (facts, own) => {
        const { server } = own;
        return server.settings$.pipe(
          take(1),
          concatMap((connection) => {
            const wanted = wantedDatabases(connection);
            return serverDatabases(server, type, wanted).pipe(
              concatMap((found) => {
                const databases = found.filter(
                  ({ name, inRecovery }) =>
                    !(primaryOnly && inRecovery) && (options.wants?.(name, settings) ?? true),
                );
                if (options.wants && databases.length === 0) {
                  const message = `${server.name}: no database that is read fits ${options.what}`;
                  context.trouble(new UnavailableError(message));
                }
                forgetOthers(visitedAt, found, options);
                const missing = wanted.names.filter((name) =>
                  found.every((is) => is.name !== name),
                );
                const round = { databases, missing, facts, settings, dueAt, visitedAt, clock };
                return visitAll(own, options, round);
              }),
            );
          }),
        );
      }),
    );
  });
}

function forgetOthers<S>(
  visitedAt: Map<string, number>,
  found: readonly ServerDatabase[],
  { forget }: EachDatabaseOptions<S>,
): void {
  const names = new Set(found.map(({ name }) => name));
  const gone = new Set([...visitedAt.keys()].filter((name) => !names.has(name)));
  for (const name of gone) visitedAt.delete(name);
  if (gone.size > 0) forget?.(gone);
}

interface Round<S> extends Omit<DatabaseVisit<S>, 'database' | 'server'> {
  readonly databases: readonly ServerDatabase[];
  /** Asked for by name, and not there. */
  readonly missing: readonly string[];
  readonly visitedAt: Map<string, number>;
  /** Tells the times of `visitedAt`. */
  readonly clock: () => number;
}

function visitAll<S extends SectionSettings>(
  { server, trouble }: ServerContext<S>,
  { what, read }: EachDatabaseOptions<S>,
  { databases, missing, visitedAt, clock, ...rest }: Round<S>,
): Observable<Metric | readonly Metric[]> {
  return defer(() => {
    const problems = new Map<string, string[]>();
    const note = (problem: string, name: string): void => {
      problems.set(problem, [...(problems.get(problem) ?? []), name]);
    };
    for (const name of missing) note('does not exist', name);
    const until = clock() + Math.min(rest.settings.interval * 500, ROUND_MS);
    const longestAgoFirst = [...databases].sort(
      (a, b) => (visitedAt.get(a.name) ?? -Infinity) - (visitedAt.get(b.name) ?? -Infinity) || 0,
    );
    function visit(database: ServerDatabase): Observable<Metric | readonly Metric[]> {
      return defer(() => {
        const { name } = database;
        if (!database.connectable) {
          note('the role may not connect to it (GRANT CONNECT ON DATABASE)', name);
          return EMPTY;
        }
        if (clock() >= until) {
          note('no time was left for it; it comes first in the next round', name);
          return EMPTY;
        }
        visitedAt.set(name, clock());
        return read({ database, server, ...rest }).pipe(
          catchError((error: unknown) => {
            if (error instanceof OtherServerError) return throwError(() => error);
            if (!isPassing(error)) note(messageOf(error), name);
            return EMPTY;
          }),
        );
      });
    }
    const complain$ = defer(() => {
      if (problems.size > 0) trouble(complaint(server.name, what, problems));
      return EMPTY;
    });
    return concat(from(longestAgoFirst).pipe(concatMap(visit)), complain$);
  });
}
