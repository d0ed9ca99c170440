import { asyncScheduler, map, tap } from 'rxjs';
import { afterEach, describe, it, vi } from 'vitest';
import { hasten } from '../../src/operators/hasten.ts';
import { marbles } from '../support/marbles.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const x = { x: undefined };
const soon = () => hasten({ withinMs: 2, everyMs: 5 });

describe('hasten', () => {
  it(
    'emits soon after a value, once for all that came meanwhile, and never too often',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot(' -ab--------c--d------');
      const unsub = '      ^-------------------!';
      const expected = '   ---x---------x----x--';
      expectObservable(source.pipe(soon()), unsub).toBe(expected, x);
      expectSubscriptions(source.subscriptions).toBe(unsub);
    }),
  );

  it(
    'emits at the interval exactly while values keep coming',
    marbles(({ hot, expectObservable }) => {
      const source = hot(' aaaaaaaaaaaaaaaaaa---');
      const expected = '   --x----x----x----x---';
      expectObservable(source.pipe(soon()), '^-------------------!').toBe(expected, x);
    }),
  );

  it(
    'never emits for a source that never does, and completes with an empty one',
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-').pipe(soon()), '^------!').toBe('-');
      expectObservable(cold('--|').pipe(soon())).toBe('--|');
    }),
  );

  it(
    'passes an error on at once',
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-a#').pipe(soon())).toBe('--#');
    }),
  );

  it(
    'emits what is due when the source completes first',
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-a|').pipe(soon())).toBe('---(x|)', x);
    }),
  );

  it(
    'drops what is due on unsubscription, and serves a second subscriber independently',
    marbles(({ hot, expectObservable }) => {
      const hastened$ = hot('-a-----b----').pipe(soon());
      expectObservable(hastened$, '^-!         ').toBe('-');
      expectObservable(hastened$, '----^------!').toBe('---------x--', x);
    }),
  );

  it(
    'waits no longer than the interval after the clock was set back',
    marbles(({ hot, expectObservable }) => {
      const clock = vi.spyOn(asyncScheduler, 'now');
      const source = hot('-a------b-----').pipe(
        tap((value) => {
          if (value === 'b') clock.mockReturnValue(-3_600_000);
        }),
      );
      const expected = '  ---x---------x';
      expectObservable(
        source.pipe(
          soon(),
          map(() => undefined),
        ),
        '^-------------!',
      ).toBe(expected, x);
    }),
  );
});
