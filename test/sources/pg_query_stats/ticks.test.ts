import { asyncScheduler, concatMap, of, takeUntil, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Query, Row } from '../../../src/ports/server.ts';
import type { ServerFacts } from '../../../src/postgres/facts.ts';
import type { Metric } from '../../../src/schema/metric.ts';
import { pgQueryStats } from '../../../src/sources/pg_query_stats/pg_query_stats.ts';
import { statementColumns } from '../../../src/sources/pg_query_stats/statementColumns.ts';
import type { MonitoredServer } from '../../../src/sources/source.ts';
import { marbles } from '../../support/marbles.ts';
import { rowsOf } from '../../support/readings.ts';
import { fakeServer, serverContext } from '../../support/serverContext.ts';

const place = { database: 'postgres', schema: 'public', version: '1.12', columns: [] };
const there: Partial<ServerFacts> = { statements: place, statementsUnavailable: null };

/** An entry: database, user, whether it is the collector's, epochs; then the declared columns. */
const entry = (id: string | null, set: Readonly<Record<string, string>> = {}, byMe = 'f'): Row => [
  'shop',
  '10',
  byMe,
  null,
  null,
  null,
  ...Object.keys(statementColumns).map((name) =>
    name === 'hash' || name === 'query_id' ? id : (set[name] ?? (name === 'toplevel' ? 't' : null)),
  ),
];

/** Runs the source in virtual time; `entries` are those of each reading. */
const run = (
  seconds: number,
  settings: Readonly<Record<string, unknown>>,
  entries: (reading: number) => readonly Row[],
  then: (seen: { metrics: Metric[]; troubles: readonly unknown[]; forgotten: number }) => void,
  facts: (second: number) => Partial<ServerFacts> = () => there,
) =>
  marbles(({ flush }) => {
    const metrics: Metric[] = [];
    let readings = 0;
    let forgotten = 0;
    let known: Partial<ServerFacts> | undefined;
    const server = fakeServer(({ name, values }: Query) =>
      timer(10).pipe(
        concatMap(() =>
          of(
            name === 'pg_query_stats/texts'
              ? (values![0] as string[]).map((id): Row => [
                  id,
                  id === '99' ? 'SELECT /* pganalytics:x */ 1' : `SELECT ${id}`,
                ])
              : entries(readings++),
          ),
        ),
      ),
    );
    const monitored: MonitoredServer = {
      ...server,
      facts: () =>
        of(
          (known ??= {
            has: () => true,
            setting: () => null,
            ...facts(asyncScheduler.now() / 1000),
          } as never) as ServerFacts,
        ),
      forget: () => {
        forgotten++;
        known = undefined;
      },
    };
    const context = serverContext(pgQueryStats, monitored, { settings });
    pgQueryStats
      .read(context)
      .pipe(takeUntil(timer(seconds * 1000 + 500)))
      .subscribe(({ metric }) => metrics.push(metric));
    flush();
    then({ metrics, troubles: context.troubles, forgotten });
  });

const idsOf = (metric: Metric | undefined) =>
  rowsOf(metric, 'queries').map(({ query_id }) => query_id);

describe('pg_query_stats in time', () => {
  it(
    'lists what increased most since the reading before, and takes a reset for a new beginning',
    run(
      20,
      { interval: 10, top: 1 },
      (reading) =>
        [
          [entry('1', { total_time: '1000' }), entry('2', { total_time: '10' })],
          [entry('1', { total_time: '1000' }), entry('2', { total_time: '20' })],
          [entry('1', { total_time: '500' }), entry('2', { total_time: '30' })],
        ][reading]!,
      ({ metrics }) => {
        expect(metrics.map(idsOf)).toStrictEqual([['1'], ['2'], ['1']]);
        expect(metrics[1]).toMatchObject({
          truncated: true,
          total: 2,
          other: { entries: 1, total_time: 1000 },
        });
      },
    ),
  );

  it(
    'lists neither its own statements nor what it may not see, but sums them up',
    run(
      0,
      {},
      () => [
        entry('99', { calls: '5' }, 't'),
        entry(null, { calls: '7' }),
        entry('1', { calls: '1' }),
      ],
      ({ metrics }) => {
        expect(idsOf(metrics[0])).toStrictEqual(['1']);
        expect(metrics[0]).toMatchObject({ other: { entries: 2, calls: 12 }, other_nested: null });
      },
    ),
  );

  it(
    'holds back what its own role ran until its text is known',
    run(
      300,
      { interval: 60 },
      (reading) => [entry('1'), ...(reading > 0 ? [entry('2', {}, 't'), entry('3')] : [])],
      ({ metrics }) => {
        expect(idsOf(metrics[1])).toStrictEqual(['1', '3']);
        expect(rowsOf(metrics[1], 'queries').map(({ text }) => text)).toStrictEqual([
          'SELECT ?',
          null,
        ]);
        expect(idsOf(metrics[5])).toStrictEqual(['1', '2', '3']);
      },
    ),
  );

  it(
    'looks for a missing extension every 5 minutes, and reads it when it is there',
    run(
      660,
      { interval: 60 },
      () => [entry('1')],
      ({ metrics, troubles, forgotten }) => {
        expect(forgotten).toBe(2);
        expect(new Set(troubles.map(String)).size).toBe(1);
        expect(metrics.length).toBeGreaterThan(0);
      },
      (second) => (second < 400 ? { statements: null, statementsUnavailable: 'not there' } : there),
    ),
  );
});
