import {
  asyncScheduler,
  concatMap,
  defer,
  expand,
  filter,
  map,
  of,
  take,
  takeUntil,
  timer,
} from 'rxjs';
import { expect, it } from 'vitest';
import { timestampNow } from '../../src/sources/timestamp.ts';
import { countingSource, givenSource } from '../support/countingSource.ts';
import { simulate } from '../support/simulate.ts';

const MINUTE = 60_000;

it('tells a source that waits for its mark that the metric was lost, so that it goes on', () => {
  // As a log's follower does: nothing more is read before the last metric is out of its care.
  const patient = givenSource('log', ({ durable$, stop$ }) =>
    defer(() => {
      const sample = (n: number) => ({
        metric: { type: 'log', timestamp: timestampNow(), n, server: '' },
        mark: n,
      });
      // Behind the window that is being written.
      return timer(45_000).pipe(
        map(() => sample(0)),
        expand(({ mark }) =>
          durable$.pipe(
            filter((durable) => durable === mark),
            take(1),
            concatMap(() => timer(1_000)),
            map(() => sample(mark + 1)),
          ),
        ),
        takeUntil(stop$),
      );
    }),
  );
  const flood = countingSource('flood', {
    everyS: 4,
    read: (_, metric) => of({ ...metric, server: 'x'.repeat(100_000) }),
  });
  const run = simulate({
    sources: [patient, flood],
    text: '[collector]\npush_interval = 30\n[buffer]\ncapacity_bytes = 1048576\n',
    // A disk that hangs for ten minutes: no window gets out, and the buffer overflows.
    ports: { appendMs: () => Math.max(0, 10 * MINUTE - asyncScheduler.now()) },
    stopAtMs: 15 * MINUTE,
  });
  expect(run.books.dropped['buffer_full']).toBeGreaterThan(100);
  const numbers = run.numbers('log');
  expect(numbers.length).toBeGreaterThan(10);
});
