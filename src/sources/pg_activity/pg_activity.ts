import type { Static } from '@sinclair/typebox';
import { type Observable, concat, concatMap, defer, map, of, take } from 'rxjs';
import type { Metric } from '../../schema/metric.ts';
import { OidNames } from '../oidNames.ts';
import { parts } from '../parts.ts';
import { polled } from '../polled.ts';
import { type ServerContext, serverSource } from '../source.ts';
import { withFacts } from '../withFacts.ts';
import { activityMetric } from './activityMetric.ts';
import { pgActivityMetric } from './pgActivityMetric.ts';
import { pgActivitySettings } from './pgActivitySettings.ts';
import { type Session, sessionOf, sessionsSql } from './session.ts';
import { RunningTexts } from './texts.ts';
import { Waits } from './waits.ts';

type Settings = Static<typeof pgActivitySettings>;
type Context = ServerContext<Settings>;

/** What is being collected. */
interface Window {
  waits: Waits;
  readonly texts: RunningTexts;
  readonly names: OidNames;
  /** When it began, ms since 1970: the due time of the sample that ended the one before. */
  from: number | null;
  /** The server's clock at the last sample, as it writes it. */
  sampledAt: string | null;
}

/**
 * `pg_activity`: one metric per server and window.
 *
 *     sample    S---s---s---s---S---s---s---s---S     s: who does something; S: all, at the end of a window
 *     result    m---------------m---------------m
 *
 * The first metric comes at once, of a single sample. A sample is one read of `pg_stat_get_activity`, which takes no lock.
 */
export const pgActivity = serverSource({
  type: 'pg_activity',
  scope: 'server',
  settings: pgActivitySettings,
  rhythms: [{ key: 'sample_interval', kind: 'vital', slowest: 10 }],
  metrics: [pgActivityMetric],
  read: (context) =>
    defer(() => {
      const window: Window = {
        waits: new Waits(),
        texts: new RunningTexts(),
        names: new OidNames('pg_activity'),
        from: null,
        sampledAt: null,
      };
      return polled(
        context,
        {
          timeoutMs: 10_000,
          every: ({ sample_interval, interval }) => Math.min(sample_interval, interval),
        },
        (set, dueAt) => sample(context, set, window, dueAt),
      );
    }),
});

/** One sample; where it ends a window, that window's metric. */
function sample(
  context: Context,
  set: Settings,
  window: Window,
  dueAt: number,
): Observable<readonly Metric[]> {
  const { waits, texts, names, from } = window;
  const ends = from === null || dueAt - from >= set.interval * 1000;
  return withFacts(context, (facts, own) =>
    own.privacy$.pipe(
      take(1),
      concatMap(({ redact }) =>
        read(own, facts.has, ends || window.sampledAt === null, window.sampledAt).pipe(
          concatMap((sessions) => {
            window.sampledAt = sessions.find(({ own }) => own)?.readAt ?? window.sampledAt;
            texts.update(sessions);
            waits.add(
              sessions.filter((session) => isSampled(session) && !texts.isOurs(session)),
              (session) => texts.of(session),
            );
            if (!ends) return of([]);
            window.waits = new Waits();
            window.from = dueAt;
            const metric = (): readonly Metric[] =>
              parts(
                activityMetric({
                  server: own.server.name,
                  seconds: from === null ? 0 : (dueAt - from) / 1000,
                  waits,
                  sessions,
                  texts,
                  names,
                  top: set.top,
                  longTransaction: set.long_transaction,
                  idleInTransaction: set.idle_in_transaction,
                  redacts: redact !== 'none',
                  serverBytes: Number(facts.setting('track_activity_query_size') ?? 1024),
                }),
                ['waits', 'long_transactions', 'idle_in_transaction', 'xmin_horizon'],
              );
            return concat(
              learn(own, window, [...sessions, ...waits.examples(set.top)]),
              defer(() => of(metric())),
            );
          }),
        ),
      ),
    ),
  );
}

/** The names that the metric needs. */
function learn(
  { server, trouble }: Context,
  { names }: Window,
  sessions: readonly Session[],
): Observable<never> {
  return names.learn(
    server,
    sessions.map(({ datid }) => datid),
    sessions.map(({ usesysid }) => usesysid),
    trouble,
  );
}

function read(
  { server }: Context,
  has: (need: string) => boolean,
  all: boolean,
  since: string | null,
): Observable<readonly Session[]> {
  return server
    .query({
      name: 'pg_activity/sessions',
      sql: sessionsSql(has),
      values: [String(all), since],
      lane: 'fast',
      timeoutMs: 1_000,
    })
    .pipe(map((rows) => rows.map(sessionOf)));
}

/** Whether a session does something: a full read has those that idle as well. */
const isSampled = ({ kind, state, waitType, backendType }: Session): boolean =>
  kind === 'session' && state !== 'idle' && waitType !== 'Activity' && backendType !== null;
