import { EMPTY, NEVER, map, of, shareReplay, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Metric } from '../../src/schema/metric.ts';
import { polled } from '../../src/sources/polled.ts';
import { sysstat } from '../../src/sources/sysstat/sysstat.ts';
import type { Context } from '../../src/sources/source.ts';
import { timestampNow } from '../../src/sources/timestamp.ts';
import { held, hostContext } from '../support/hostContext.ts';
import { marbles } from '../support/marbles.ts';

interface Section {
  readonly enabled: boolean;
  readonly interval: number;
  readonly top: number;
  readonly [key: string]: unknown;
}
const on: Section = { enabled: true, interval: 2, top: 1 };
const metric = (value: number | string): Metric => ({ type: 't', timestamp: 'now', value });
const context = (set: Partial<Context<Section>>) => hostContext(sysstat, set);

describe('polled', () => {
  it(
    'reads at once and then at each interval, with the settings in force',
    marbles(({ cold, expectObservable }) => {
      const settings$ = cold('a 2999ms b', { a: on, b: { ...on, top: 7 } }).pipe(
        shareReplay({ bufferSize: 1, refCount: true }),
      );
      const read$ = polled(context({ settings$ }), { timeoutMs: 1000 }, ({ top }) =>
        of(metric(top)),
      );
      expectObservable(read$, '5s !').toBe('a 1999ms a 1999ms b', {
        a: { metric: metric(1) },
        b: { metric: metric(7) },
      });
    }),
  );

  it(
    'emits each metric of a list',
    marbles(({ expectObservable }) => {
      const read$ = polled(context({ settings$: held(on) }), { timeoutMs: 1000 }, () =>
        of([metric(1), metric(2)]),
      );
      expectObservable(read$, '1s !').toBe('(ab)', {
        a: { metric: metric(1) },
        b: { metric: metric(2) },
      });
    }),
  );

  it(
    'hurries with a metric that says that it is urgent',
    marbles(({ expectObservable }) => {
      const urgent: Metric = { ...metric(1), urgent: true };
      const calm: Metric = { ...metric(2), urgent: false };
      const read$ = polled(context({ settings$: held(on) }), { timeoutMs: 1000 }, () =>
        of([urgent, calm]),
      );
      expectObservable(read$, '1s !').toBe('(ab)', {
        a: { metric: urgent, urgent: true },
        b: { metric: calm },
      });
    }),
  );

  it(
    'pauses while the section is off',
    marbles(({ cold, expectObservable }) => {
      const settings$ = cold('a 2999ms b', { a: { ...on, enabled: false }, b: on });
      const read$ = polled(context({ settings$ }), { timeoutMs: 1000 }, () => of(metric(1)));
      expectObservable(read$, '3500ms !').toBe('3s a', { a: { metric: metric(1) } });
    }),
  );

  it(
    'reports an error, and reads again at the next interval',
    marbles(({ expectObservable, flush }) => {
      let reads = 0;
      const where = context({ settings$: held(on) });
      const read$ = polled(where, { timeoutMs: 1000 }, () =>
        ++reads === 1 ? throwError(() => new Error('lost')) : of(metric(reads)),
      );
      expectObservable(read$, '3s !').toBe('2s a', { a: { metric: metric(2) } });
      flush();
      expect(where.troubles).toStrictEqual([new Error('lost')]);
    }),
  );

  it(
    'gives up a read after its deadline, and counts the ticks that it missed',
    marbles(({ expectObservable, flush }) => {
      const where = context({ settings$: held(on) });
      expectObservable(
        polled(where, { timeoutMs: 5000 }, () => NEVER),
        '6s !',
      ).toBe('');
      flush();
      expect(where.troubles).toHaveLength(1);
      expect(where.skips.reduce((sum, ticks) => sum + ticks, 0)).toBe(2);
    }),
  );

  it(
    'completes when it is stopped and the read in flight has ended',
    marbles(({ cold, expectObservable }) => {
      const read$ = polled(
        context({ settings$: held(on), stop$: cold('100ms s').pipe(map(() => undefined)) }),
        { timeoutMs: 1000 },
        () => timer(500).pipe(map(() => metric(1))),
      );
      expectObservable(read$).toBe('500ms (a|)', { a: { metric: metric(1) } });
    }),
  );

  it(
    'takes a read without a value',
    marbles(({ expectObservable }) => {
      expectObservable(
        polled(context({ settings$: held(on) }), { timeoutMs: 1000 }, () => EMPTY),
        '5s !',
      ).toBe('');
    }),
  );
});

describe('timestampNow', () => {
  it(
    'is the time of the scheduler',
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('1s (a|)').pipe(map(timestampNow))).toBe('1s (a|)', {
        a: '1970-01-01T00:00:01.000Z',
      });
    }),
  );
});
