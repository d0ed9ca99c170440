import type { Static } from '@sinclair/typebox';
import type { ServerCost } from '../schema/activity.ts';
import { integer, list, nullable, number, record, text } from '../schema/fields.ts';
import { rounded } from './rounded.ts';

/** What the agent's own statements cost each server. */
export const serverCosts = list(
  record({
    server: text('the monitored server'),
    budget_percent: number('`[postgres] budget`'),
    spent_percent: number(
      'the share of the last 10 minutes (of the time since the start, where that is shorter) that they took',
    ),
    reads: list(
      record({
        source: text('type of metric; `facts`: what is probed for all'),
        key: nullable(text('the key of its section that paces it; null where nothing does')),
        statements: integer('in the last 10 minutes'),
        spent_ms: number('the time that they took, seen from here'),
        interval: nullable(number('as configured, in s; null without one, and where it is off')),
        interval_in_force: nullable(number('longer where the budget does not suffice, in s')),
      }),
      'the dearest first',
    ),
  }),
  'what the collector’s statements cost each server; from one minute after the start on',
);

/** The costs of all servers as the metric has them. */
export const listedCosts = (
  costs: Readonly<Record<string, ServerCost>>,
): Static<typeof serverCosts> =>
  Object.entries(costs).map(([server, { budget, spent, reads }]) => ({
    server,
    budget_percent: budget,
    spent_percent: rounded(spent, 3),
    reads: reads.map(({ source, key, statements, ms, interval, inForce }) => ({
      source,
      key,
      statements,
      spent_ms: rounded(ms),
      interval,
      interval_in_force: inForce,
    })),
  }));
