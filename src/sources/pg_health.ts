import {
  type Observable,
  TimeoutError,
  asyncScheduler,
  catchError,
  concatMap,
  defer,
  map,
  of,
  timeout,
} from 'rxjs';
import { QueryError, UnreachableError, type UnreachableReason, messageOf } from '../errors.ts';
import { bool, timestamp } from '../postgres/values.ts';
import type { Row } from '../ports/server.ts';
import {
  flag,
  integer,
  moment,
  nullable,
  number,
  oneOf,
  optional,
  text,
} from '../schema/fields.ts';
import type { Json } from '../schema/json.ts';
import { type Metric, metricSchema } from '../schema/metric.ts';
import { section } from '../schema/section.ts';
import { type Circumstances, newCircumstances } from './circumstances.ts';
import { polled } from './polled.ts';
import { type MonitoredServer, serverSource } from './source.ts';
import { timestampNow } from './timestamp.ts';

/** The server's `statement_timeout`, in ms: a server that needs longer for this is not well. */
const QUERY_TIMEOUT_MS = 1000;
/** When to report that nothing came back, in ms; connecting goes on. */
const ANSWER_TIMEOUT_MS = 8000;

const sql = `SELECT current_setting('server_version'), pg_is_in_recovery(), pg_postmaster_start_time(),
  (extract(epoch FROM clock_timestamp()) * 1000)::bigint`;

const PgHealth = metricSchema('pg_health', 'whether a PostgreSQL server answers, and which it is', {
  server: text('name of the monitored server'),
  up: integer('1: it answered; 0: it did not, and nothing else is known of it'),
  last_up_at: nullable(moment('when it last answered this collector; null: not since the start')),
  reason: optional(text('why it is not up: refused, timeout, connect_stalled, auth, …')),
  sqlstate: optional(nullable(text('PostgreSQL error code; null where the server gave none'))),
  message: optional(text('what went wrong, in words')),
  connect_ms: optional(nullable(number('how long the last connect took'))),
  round_trip_ms: optional(number('how long one small query took, connecting left out')),
  role: optional(oneOf(['primary', 'standby'], 'what the server is now')),
  version: optional(text('server_version')),
  in_recovery: optional(flag('pg_is_in_recovery()')),
  started_at: optional(nullable(moment('pg_postmaster_start_time(); null: the role may not ask'))),
  clock_difference_ms: optional(
    integer("the server's clock minus this host's, exact to half a round trip"),
  ),
  pooler: optional(flag('whether a connection pooler stands between')),
});

interface Answer {
  readonly row: Row;
  readonly tookMs: number;
  /** This host's clock in the middle of it, ms since 1970. */
  readonly middle: number;
}

/**
 * `pg_health`: one metric per tick, whatever happens.
 *
 *     due      x---------x---------x
 *     query    -r        ------#   -r       # = no connection
 *     result   -1--------------0----1       up
 *
 * A server that does not answer yields `up: 0` with the reason, and no other figure: never zeros. A server that came
 * back as another (version, start, recovery) is probed again by everyone.
 */
export const pgHealth = serverSource({
  type: 'pg_health',
  scope: 'server',
  settings: section('whether the server answers', { default: 10 }, {}),
  rhythms: [{ key: 'interval', kind: 'vital', slowest: 10 }],
  metrics: [PgHealth],
  read: (context) =>
    defer(() => {
      const { server } = context;
      let lastUpAt: string | null = null;
      // What distinguishes one life of a server from the next: a new version, a restart, a promotion.
      let life: string | undefined;
      let circumstances: Circumstances = { startIsClosed: false, pooler: false };
      return polled(context, { timeoutMs: ANSWER_TIMEOUT_MS + 1000 }, () => {
        const asked = timestampNow();
        const metric = (fields: Readonly<Record<string, Json>>): Metric => ({
          type: 'pg_health',
          timestamp: asked,
          server: server.name,
          ...fields,
        });
        return answer(server).pipe(
          map((answered) => {
            const { row } = answered;
            const present = row.slice(0, 3).join(' ');
            if (life !== undefined && life !== present) server.forget();
            life = present;
            const { pooler } = server.connection();
            const now = { startIsClosed: row[2] === null, pooler };
            const role = (): string =>
              server.knownFacts()?.role.name ?? 'the role of the collector';
            newCircumstances(circumstances, now, role).forEach((message) =>
              context.notice(message),
            );
            circumstances = now;
            lastUpAt = asked;
            return metric({ up: 1, last_up_at: lastUpAt, ...healthy(server, answered) });
          }),
          timeout({ first: ANSWER_TIMEOUT_MS }),
          catchError((error: unknown) => {
            context.trouble(error);
            return of(metric({ up: 0, last_up_at: lastUpAt, ...cause(error) }));
          }),
        );
      });
    }),
});

/** Asks once; where that had to connect first, once more, so that the round trip is one. */
function answer(server: MonitoredServer): Observable<Answer> {
  const once$: Observable<Answer> = defer(() => {
    const start = asyncScheduler.now();
    return server
      .query({ name: 'pg_health/answer', sql, lane: 'fast', timeoutMs: QUERY_TIMEOUT_MS })
      .pipe(
        map(([row]) => {
          const end = asyncScheduler.now();
          return { row: row ?? [], tookMs: Math.max(0, end - start), middle: (start + end) / 2 };
        }),
      );
  });
  return defer(() => {
    const { connectMs } = server.connection();
    return once$.pipe(
      concatMap((first) => (server.connection().connectMs === connectMs ? of(first) : once$)),
    );
  });
}

function healthy(server: MonitoredServer, { row, tookMs, middle }: Answer): Record<string, Json> {
  const [version, recovery, started, clock] = row;
  const { connectMs, pooler } = server.connection();
  const inRecovery = bool(recovery ?? null) === true;
  return {
    connect_ms: connectMs === null ? null : Math.round(connectMs * 100) / 100,
    round_trip_ms: tookMs,
    role: inRecovery ? 'standby' : 'primary',
    version: version ?? '',
    in_recovery: inRecovery,
    started_at: timestamp(started ?? null),
    clock_difference_ms: Math.round(Number(clock) - middle),
    pooler,
  };
}

function cause(error: unknown): {
  readonly reason: UnreachableReason;
  readonly sqlstate: string | null;
  readonly message: string;
} {
  const message = messageOf(error);
  if (error instanceof UnreachableError) {
    const { reason, sqlstate } = error;
    return { reason, sqlstate, message };
  }
  if (error instanceof QueryError) {
    const { sqlstate } = error;
    // 57014: the server took the query and did not get done with it in time.
    return { reason: sqlstate === '57014' ? 'timeout' : 'other', sqlstate, message };
  }
  if (error instanceof TimeoutError) {
    const text = `no answer within ${ANSWER_TIMEOUT_MS / 1000} s`;
    return { reason: 'timeout', sqlstate: null, message: text };
  }
  return { reason: 'other', sqlstate: null, message };
}
