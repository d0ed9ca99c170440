import { flag, integer, moment, nullable, number, oneOf, text } from '../schema/fields.ts';
import { type Metric, metricSchema } from '../schema/metric.ts';
import { timestampNow } from './timestamp.ts';

/** What can happen to a server, in words of ours. */
const kinds = [
  'server_gone',
  'server_back',
  'restart',
  'crash_recovery',
  'promotion',
  'server_changed',
  'statistics_reset',
  'setting_changed',
  'extension_changed',
  'definition_changed',
  'deadlock',
  'blocked',
] as const;

/** A word of `pg_event.event`. */
export type PgEventKind = (typeof kinds)[number];

/** What an operator must know at once: these close the window. */
const urgent: ReadonlySet<PgEventKind> = new Set(['server_gone', 'crash_recovery', 'blocked']);

/** `pg_event`: one thing that happened. Every source whose reads show it may emit it beside its own metrics. */
export const pgEventMetric = metricSchema(
  'pg_event',
  'something that happened to a server, noticed by comparing two readings; one metric each',
  {
    server: text('the monitored server'),
    database: nullable(text('the database that it concerns; null: the server as a whole')),
    event: oneOf(kinds, 'what happened'),
    urgent: flag('whether it was sent at once'),
    happened_at: nullable(
      moment('when it happened, where the server tells; null: between the last two readings'),
    ),
    object: nullable(
      text('what it concerns: a setting, an extension, a table, a kind of statistics, …'),
    ),
    before: nullable(text('the old value, version, … where there is one')),
    after: nullable(text('the new one')),
    count: nullable(integer('how often it happened, or how many it concerns')),
    seconds: nullable(number('how long it lasted, or has lasted')),
    pid: nullable(integer('the process that it concerns')),
    statement: nullable(text('the statement that it concerns, redacted')),
    message: text('what happened, in words'),
  },
);

/** What is to be told of an event; whatever does not apply is left out. */
export interface PgEvent {
  readonly server: string;
  readonly event: PgEventKind;
  /** One sentence without values that may be secret. */
  readonly message: string;
  readonly database?: string | null;
  /** ISO 8601, UTC. */
  readonly happened_at?: string | null;
  readonly object?: string | null;
  readonly before?: string | null;
  readonly after?: string | null;
  readonly count?: number | null;
  readonly seconds?: number | null;
  readonly pid?: number | null;
  /** Redacted already. */
  readonly statement?: string | null;
}

/**
 * An event as a metric of type `pg_event`, to be emitted beside a source's own metrics: list `pgEventMetric` among its
 * schemas. `polled` sends urgent ones at once; a source that makes its samples itself sets `urgent` of the sample.
 */
export const pgEvent = ({
  server,
  event,
  message,
  database = null,
  happened_at = null,
  object = null,
  before = null,
  after = null,
  count = null,
  seconds = null,
  pid = null,
  statement = null,
}: PgEvent): Metric => ({
  type: 'pg_event',
  timestamp: timestampNow(),
  server,
  database,
  event,
  urgent: urgent.has(event),
  happened_at,
  object,
  before,
  after,
  count,
  seconds,
  pid,
  statement,
  message,
});
