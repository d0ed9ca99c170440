import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { type Observable, concat, concatMap, defer, forkJoin, of, take, throwError } from 'rxjs';
import { UnavailableError } from '../../errors.ts';
import { steadyClock } from '../../operators/steadyClock.ts';
import type { ServerFacts, StatementsFacts } from '../../postgres/facts.ts';
import type { Metric } from '../../schema/metric.ts';
import { interval, section } from '../../schema/section.ts';
import { parts } from '../parts.ts';
import { polled } from '../polled.ts';
import { type ServerContext, serverSource } from '../source.ts';
import { timestampNow } from '../timestamp.ts';
import { wantedDatabases } from '../wantedDatabases.ts';
import { withFacts } from '../withFacts.ts';
import { statementsMetric } from './statementsMetric.ts';
import type { Baseline } from './baseline.ts';
import { pgQueryStatsMetric } from './pgQueryStatsMetric.ts';
import { type ChoiceOf, type DatabaseReading, readStatements } from './statements.ts';
import { Texts } from './texts.ts';

const settings = section(
  'statistics of statements (extension pg_stat_statements)',
  { default: 60 },
  {
    texts_interval: interval({
      default: 300,
      minimum: 60,
      remoteMinimum: 300,
      description:
        'least time between two reads of the texts of new statements; half as often each time that takes longer than 200 ms',
    }),
    top: Type.Integer({
      description: 'statements listed per database; the others are summed up',
      default: 200,
      minimum: 1,
      maximum: 5_000,
      remote: true,
      remoteMaximum: 1_000,
    }),
    per_user: Type.Boolean({
      description:
        'one row for each statement, user and level; false adds them up, for backends that keep one row per statement',
      default: true,
      remote: true,
    }),
  },
);
type Context = ServerContext<Static<typeof settings>>;

/** What the source remembers between two ticks. */
interface Memory {
  readonly texts: Texts;
  baselines: ReadonlyMap<string, Baseline>;
  readonly clock: () => number;
  /** When it last looked again for an extension that was missing, by that clock. */
  lookedAt: number;
}

/** How often a missing extension is looked for, in ms: creating it needs no restart of the collector. */
const LOOK_MS = 300_000;

/**
 * `pg_query_stats`: one metric per database and interval, of its statements. The counters of all databases are one read
 * a server, in the database that has the extension; texts are read apart, and rarely.
 */
export const pgQueryStats = serverSource({
  type: 'pg_query_stats',
  scope: 'server',
  settings,
  rhythms: [
    { key: 'interval', kind: 'query_statistics' },
    { key: 'texts_interval', reads: ['texts'], kind: 'texts' },
  ],
  metrics: [pgQueryStatsMetric],
  read: (context) =>
    defer(() => {
      const memory: Memory = {
        texts: new Texts(),
        baselines: new Map(),
        lookedAt: 0,
        clock: steadyClock(),
      };
      return polled(context, { timeoutMs: 30_000 }, ({ top, per_user, texts_interval }) =>
        withFacts(context, (facts, own) => {
          const place = placeOf(own, facts, memory);
          const wishes = { top, perUser: per_user, textsMs: texts_interval * 1000 };
          return place instanceof UnavailableError
            ? throwError(() => place)
            : readServer(own, wishes, facts, place, memory);
        }),
      );
    }),
});

/** Where pg_stat_statements can be read, or why it cannot. */
function placeOf(
  { server }: Context,
  { statements, statementsUnavailable, has }: ServerFacts,
  memory: Memory,
): StatementsFacts | UnavailableError {
  if (statements !== null && has('pg_stat_statements.total_exec_time')) return statements;
  const now = memory.clock();
  if (now - memory.lookedAt >= LOOK_MS) {
    memory.lookedAt = now;
    server.forget();
  }
  return new UnavailableError(
    statements === null
      ? `${server.name}: ${statementsUnavailable ?? 'no pg_stat_statements'} (needed: shared_preload_libraries = 'pg_stat_statements', a restart, and CREATE EXTENSION pg_stat_statements in the maintenance database)`
      : `${server.name}: pg_stat_statements ${statements.version} in database "${statements.database}" is older than 1.8 (remedy: ALTER EXTENSION pg_stat_statements UPDATE)`,
  );
}

/** What the settings say. */
interface Wishes {
  readonly top: number;
  readonly perUser: boolean;
  readonly textsMs: number;
}

function readServer(
  { server, privacy$, trouble }: Context,
  { top, perUser, textsMs }: Wishes,
  facts: ServerFacts,
  place: StatementsFacts,
  memory: Memory,
): Observable<readonly Metric[]> {
  const { texts, baselines } = memory;
  const isMine = (queryId: string): boolean => texts.get(queryId)?.mine === true;
  const choiceOf: ChoiceOf = (database) => ({ top, before: baselines.get(database), isMine });
  return forkJoin([server.settings$.pipe(take(1)), privacy$.pipe(take(1))]).pipe(
    concatMap(([connection, { redact }]) =>
      readStatements(server, facts, place, wantedDatabases(connection), choiceOf).pipe(
        concatMap((databases) => {
          const timestamp = timestampNow();
          const reading = { server: server.name, timestamp, place, facts, texts, perUser };
          memory.baselines = new Map(databases.map((each) => [each.database, each.all.baseline]));
          const ids = databases.flatMap(({ chosen }) => chosen.map(({ queryId }) => queryId));
          const metrics = (each: DatabaseReading) =>
            parts(statementsMetric(each, reading), ['queries']);
          return concat(
            texts.refresh(
              server,
              place,
              ids,
              { redacts: redact !== 'none', periodMs: textsMs },
              trouble,
            ),
            defer(() => of(databases.flatMap(metrics))),
          );
        }),
      ),
    ),
  );
}
