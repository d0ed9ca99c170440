import {
  flag,
  integer,
  list,
  moment,
  named,
  nullable,
  number,
  numeric,
  oneOf,
  optional,
  record,
  text,
} from '../../schema/fields.ts';
import { metricSchema } from '../../schema/metric.ts';

/** `custom`: what one custom query gave in one database. */
export const customMetric = metricSchema('custom', 'the result of one query of your own', {
  server: text('the monitored server'),
  database: text('the database that it ran in'),
  name: text('`metric` of its table, or the name of the table'),
  columns: list(
    record({
      name: text('of the column'),
      kind: oneOf(['gauge', 'counter', 'label', 'time'], 'where its values stand in `rows`'),
    }),
    'the columns that are sent, in the order of the result',
  ),
  rows: list(
    record({
      labels: named(
        nullable(text('as the server writes it; above 1,000 characters cut, with … at the end')),
        'by column',
      ),
      values: named(
        nullable(numeric('a number; yes and no as 1 and 0, an interval in seconds')),
        'gauges and counters by column, 64-bit integers exact',
      ),
      times: named(nullable(moment('UTC')), 'by column'),
    }),
    'the rows, in the order of the result',
    'labels',
  ),
  rows_total: nullable(integer('rows that the query gave; null: more than were counted')),
  took_ms: nullable(number('how long the statement took, seen from here')),
  plan_cost: nullable(
    number('the planner’s estimate of its total cost when it was checked; null: not known'),
  ),
  plan_rows: nullable(number('the planner’s estimate of its rows then')),
  truncated: optional(flag('true: rows were left out, see max_rows')),
  total: optional(nullable(integer('rows_total; present where some were left out'))),
});
