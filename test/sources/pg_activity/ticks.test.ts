import { type Observable, asyncScheduler, ignoreElements, map, tap, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Query, Row } from '../../../src/ports/server.ts';
import type { Metric } from '../../../src/schema/metric.ts';
import { pgActivity } from '../../../src/sources/pg_activity/pg_activity.ts';
import { marbles } from '../../support/marbles.ts';
import { rowsOf } from '../../support/readings.ts';
import { fakeServer, serverContext } from '../../support/serverContext.ts';

/** A row of the read: one session that runs a statement, and the agent's own. */
const rows = (all: boolean): Row[] =>
  ['t', 'f'].map((own) => {
    const row: (string | null)[] = Array.from({ length: 20 }, () => null);
    row[0] = 'session';
    row[2] = own === 't' ? '1' : '2';
    row[3] = '5';
    row[5] = 'active';
    row[9] = 'client backend';
    row[12] = own;
    row[13] = all ? 'SELECT 1' : null;
    row[19] = '2026-01-02 03:04:05+00';
    return row;
  });

interface Run {
  readonly metrics: { readonly ms: number; readonly metric: Metric }[];
  /** When the sessions were read, and whether all of them. */
  readonly reads: { readonly ms: number; readonly all: boolean }[];
  readonly troubles: readonly unknown[];
}

/** Runs the source for 25 s of virtual time. */
function run(
  answer: (all: boolean, ms: number) => Observable<readonly Row[]>,
  settings: Readonly<Record<string, unknown>> = {},
): Run {
  const metrics: Run['metrics'] = [];
  const reads: Run['reads'] = [];
  const server = fakeServer(({ name, values }: Query) => {
    if (name === 'pg_activity/names') return timer(1).pipe(map(() => [['d', '5', 'shop']]));
    const all = values?.[0] === 'true';
    const ms = asyncScheduler.now();
    reads.push({ ms, all });
    return answer(all, ms);
  });
  const context = serverContext(pgActivity, server, { settings, phase: 0.1 });
  marbles(({ expectObservable, flush }) => {
    const read$ = pgActivity.read(context).pipe(
      tap(({ metric }) => metrics.push({ ms: asyncScheduler.now(), metric })),
      ignoreElements(),
    );
    expectObservable(read$, '25s !').toBe('-');
    flush();
  })();
  return { metrics, reads, troubles: context.troubles };
}

function quick(all: boolean): Observable<readonly Row[]> {
  return timer(5).pipe(map(() => rows(all)));
}
/** Answers, but for some seconds. */
function broken(all: boolean, ms: number): Observable<readonly Row[]> {
  return ms > 4_500 && ms < 12_500 ? throwError(() => new Error('locked')) : quick(all);
}

describe('the windows of pg_activity', () => {
  it('sample each second and end each ten, the first at once', () => {
    const { metrics, reads } = run(quick);
    expect(metrics.map(({ ms }) => Math.floor(ms / 1000))).toEqual([0, 10, 20]);
    expect(metrics.map(({ metric }) => metric['samples'])).toEqual([1, 11, 10]);
    expect(metrics[2]?.metric['window_seconds']).toBe(10);
    expect(reads.filter(({ all }) => all).map(({ ms }) => Math.floor(ms / 1000))).toEqual([
      0, 10, 20,
    ]);
    expect(reads).toHaveLength(26);
  });

  it('carry what all their samples saw, under the name of its database', () => {
    const [, , last] = run(quick).metrics;
    expect(last?.metric).toMatchObject({ active_average: 1, truncated: false });
    expect(rowsOf(last?.metric, 'waits')).toMatchObject([
      {
        database: 'shop',
        samples: 10,
        sessions_average: 1,
        example: { pid: 2, query: 'SELECT ?' },
      },
    ]);
  });

  it('miss the samples that failed, and end with the next that does not', () => {
    const { metrics, troubles } = run(broken);
    expect(troubles).toHaveLength(8);
    expect(metrics.map(({ ms, metric }) => [Math.floor(ms / 1000), metric['samples']])).toEqual([
      [0, 1],
      [13, 6],
      [23, 10],
    ]);
    expect(metrics[1]?.metric['active_average']).toBe(1);
  });

  it('follow the settings', () => {
    const { metrics, reads } = run(quick, { interval: 4, sample_interval: 2 });
    expect(metrics.map(({ metric }) => metric['samples'])).toEqual([1, 3, 2, 2, 2, 2, 2]);
    expect(reads).toHaveLength(14);
    expect(run(quick, { interval: 1, sample_interval: 5 }).metrics).toHaveLength(25);
  });
});
