import {
  type Observable,
  asyncScheduler,
  catchError,
  concatMap,
  defer,
  map,
  of,
  retry,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { QueryError, UnreachableError } from '../../errors.ts';
import type { Row } from '../../ports/server.ts';
import type { SectionSettings } from '../../schema/config.ts';
import type { Metric } from '../../schema/metric.ts';
import { section } from '../../schema/section.ts';
import { pgEvent, pgEventMetric } from '../pgEvent.ts';
import { polled } from '../polled.ts';
import { type MonitoredServer, type ServerContext, serverSource } from '../source.ts';
import { withFacts } from '../withFacts.ts';
import { Absence, isGone } from './absence.ts';
import { type Life, lifeOf, lifeSql } from './life.ts';
import { type Happening, isNewEpoch, lifeEvents } from './lifeEvents.ts';
import { type Resets, resetEvents, resetsOf, resetsSql } from './resets.ts';

type Context = ServerContext<SectionSettings>;

/** What the source remembers between two ticks. */
interface Memory {
  readonly absence: Absence;
  life: Life | null;
  /** What the server has: kept while it is gone, so that its return is seen by one statement. Null: to be asked for. */
  has: ((need: string) => boolean) | null;
  resets: Resets | null;
}

/** A connection that was lost says nothing yet: an administrator may have ended it. In ms. */
const ONCE_MORE_MS = 200;

/**
 * `pg_event`: what happens to a server and no other source would see: that it is gone and back, was restarted, recovered
 * from a crash, was promoted, or had its statistics reset. Silent as long as nothing happens.
 *
 *     reading   a----a----#----#----b----b---c     # = no connection; b: started anew; c: statistics reset
 *     result              g         B,r      s     g: server_gone (urgent), B: server_back, r: restart
 */
export const pgEvents = serverSource({
  type: 'pg_event',
  scope: 'server',
  settings: section(
    'restarts, crashes, promotions and resets, as they happen',
    { default: 10 },
    {},
  ),
  follows: true,
  rhythms: [{ key: 'interval', kind: 'vital', slowest: 10 }],
  metrics: [pgEventMetric],
  read: (context) =>
    defer(() => {
      const memory: Memory = { absence: new Absence(), life: null, has: null, resets: null };
      return polled(context, { timeoutMs: 120_000 }, () =>
        read(context, memory).pipe(map((events) => metricsOf(context, events))),
      );
    }),
});

const metricsOf = ({ server }: Context, events: readonly Happening[]): readonly Metric[] =>
  events.map((event) => pgEvent({ ...event, server: server.name }));

function read(context: Context, memory: Memory): Observable<readonly Happening[]> {
  const { server } = context;
  return readLife(server, memory).pipe(
    retry({
      count: 1,
      delay: (error) =>
        error instanceof UnreachableError && error.reason === 'lost'
          ? timer(ONCE_MORE_MS)
          : throwError(() => error as Error),
    }),
    concatMap(([row = []]) => {
      const now = lifeOf(row);
      const back = memory.absence.answered(asyncScheduler.now());
      const lived = memory.life === null ? [] : lifeEvents(memory.life, now);
      memory.life = now;
      if (isNewEpoch(lived)) {
        memory.resets = null;
        memory.has = null;
        server.forget();
      }
      return resets(context, memory, now).pipe(map((reset) => [...back, ...lived, ...reset]));
    }),
    catchError((error: unknown) => {
      // A function may have been closed to the role meanwhile.
      if (error instanceof QueryError) memory.has = null;
      if (!isGone(error)) return throwError(() => error as Error);
      return of(memory.absence.failed(error, asyncScheduler.now()));
    }),
  );
}

function readLife(server: MonitoredServer, memory: Memory): Observable<readonly Row[]> {
  const has$ =
    memory.has === null
      ? server.facts().pipe(
          map(({ has }) => has),
          tap((has) => (memory.has = has)),
        )
      : of(memory.has);
  return has$.pipe(
    concatMap((has) =>
      server.query({
        name: 'pg_event/life',
        sql: lifeSql(has),
        lane: 'fast',
        timeoutMs: 1_000,
      }),
    ),
  );
}

/** Never errors: what happened to the server is told, even where this cannot be read. */
function resets(
  context: Context,
  memory: Memory,
  { versionNum }: Life,
): Observable<readonly Happening[]> {
  return withFacts(context, ({ has }, { server }) =>
    server.query({
      name: 'pg_event/resets',
      sql: resetsSql(has),
      lane: 'slow',
      timeoutMs: 5_000,
    }),
  ).pipe(
    map((rows) => {
      const now = resetsOf(rows);
      const events = memory.resets === null ? [] : resetEvents(memory.resets, now, versionNum);
      memory.resets = now;
      return events;
    }),
    catchError((error: unknown) => {
      context.trouble(error);
      return of([]);
    }),
  );
}
