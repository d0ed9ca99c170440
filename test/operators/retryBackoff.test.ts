import { NEVER, type Observable, Subject, concat, defer, of, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { retryBackoff, type RetryBackoffOptions } from '../../src/operators/retryBackoff.ts';
import { marbles } from '../support/marbles.ts';

/** Waits 4, 8, 16, 16 … ms. */
const options: RetryBackoffOptions = { initialMs: 8, maxMs: 32, random: () => 0.5 };
const down = new Error('down');

/** Fails so many times, then goes on with the next stream; tells of each subscription. */
function failing(times: number, attempt$: Observable<string>, then$: Observable<string>) {
  let attempts = 0;
  return defer(() => (attempts++ < times ? attempt$ : then$));
}

describe('retryBackoff', () => {
  it(
    'subscribes again after each error, waiting twice as long each time, up to the maximum',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-#', undefined, down);
      const subs = [
        '                  ^!                                                 ',
        '                  -----^!                                            ',
        '                  --------------^!                                   ',
        '                  -------------------------------^!                  ',
        '                  ------------------------------------------------^! ',
      ];
      const unsub = '      ^-------------------------------------------------!';
      expectObservable(source.pipe(retryBackoff(options)), unsub).toBe('-');
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'passes values and completion on, and leaves a source that does not error alone',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const check = (marble: string, subs: string, unsub?: string): void => {
        const source = cold(marble);
        expectObservable(source.pipe(retryBackoff(options)), unsub).toBe(marble);
        expectSubscriptions(source.subscriptions).toBe(subs);
      };
      check('-a-b-|', '^----!');
      check('|     ', '(^!)  ');
      check('------', '^---! ', '^---!');
    }),
  );

  it(
    'counts anew after a value',
    marbles(({ cold, expectObservable }) => {
      const source = cold('-a#                     ', undefined, down);
      const unsub = '      ^----------------!      ';
      const expected = '   -a-----a-----a----';
      expectObservable(source.pipe(retryBackoff(options)), unsub).toBe(expected);
    }),
  );

  it(
    'errors with an error that is not worth another attempt',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-#', undefined, down);
      const shouldRetry = (error: unknown): boolean => error !== down;
      const result$ = source.pipe(retryBackoff({ ...options, shouldRetry }));
      expectObservable(result$).toBe('-a-#', undefined, down);
      expectSubscriptions(source.subscriptions).toBe('^--!');
    }),
  );

  it(
    'waits for as long as the error asks',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('#                ', undefined, down);
      const subs = [
        '                  (^!)             ',
        '                  -------(^!)      ',
        '                  --------------(^!)',
      ];
      const unsub = '      ^---------------!';
      const result$ = source.pipe(retryBackoff({ ...options, delayMs: () => 7 }));
      expectObservable(result$, unsub).toBe('-');
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'falls back to its own wait where the error asks for none that makes sense',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const unsub = '      ^-------!';
      for (const asked of [undefined, NaN, -1]) {
        const source = cold('#', undefined, down);
        const result$ = source.pipe(retryBackoff({ ...options, delayMs: () => asked }));
        expectObservable(result$, unsub).toBe('-');
        expectSubscriptions(source.subscriptions).toBe(['(^!)', '----(^!)']);
      }
    }),
  );

  it('never waits on a timer that would fire at once because it is too long', () => {
    vi.useFakeTimers();
    try {
      let attempts = 0;
      const failing$ = defer(() => {
        attempts += 1;
        return throwError(() => down);
      });
      const waiting = failing$
        .pipe(retryBackoff({ ...options, delayMs: () => 2 ** 40 }))
        .subscribe();
      vi.advanceTimersByTime(3_600_000);
      expect(attempts).toBe(1);
      waiting.unsubscribe();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it(
    'ends a wait at once when it is woken',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = cold('-#              ', undefined, down);
      const wake$ = hot('  w-w-----w-------');
      const subs = [
        '                  ^!              ',
        '                  --^!            ',
        '                  --------^!      ',
      ];
      const wakeSubs = [
        '                  -^!             ',
        '                  ---^----!       ',
        '                  ---------^-----!',
      ];
      const unsub = '      ^--------------!';
      expectObservable(source.pipe(retryBackoff({ ...options, wake$ })), unsub).toBe('-');
      expectSubscriptions(source.subscriptions).toBe(subs);
      expectSubscriptions(wake$.subscriptions).toBe(wakeSubs);
    }),
  );

  it(
    'is not woken by what wake$ replays, nor disturbed by its completion',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const unsub = '                    ^-----!';
      for (const wake$ of [concat(of(1, 2), NEVER), of(1)]) {
        const source = cold('-#', undefined, down);
        expectObservable(source.pipe(retryBackoff({ ...options, wake$ })), unsub).toBe('-');
        expectSubscriptions(source.subscriptions).toBe(['^!', '-----^!']);
      }
    }),
  );

  it(
    'tells of each wait before it begins',
    marbles(({ cold, expectObservable, flush }) => {
      const told: unknown[] = [];
      const source = failing(3, cold('#', undefined, down), cold('a|'));
      const onRetry = (...args: unknown[]): void => void told.push(args);
      expectObservable(source.pipe(retryBackoff({ ...options, onRetry }))).toBe(
        '----------------------------a|',
      );
      flush();
      expect(told).toStrictEqual([
        [down, 1, 4],
        [down, 2, 8],
        [down, 3, 16],
      ]);
    }),
  );

  it(
    'errors with what a callback throws',
    marbles(({ cold, expectObservable }) => {
      const bug = new Error('bug');
      const throwing = (): never => {
        throw bug;
      };
      for (const broken of ['shouldRetry', 'delayMs', 'onRetry', 'random']) {
        const source = cold('-#', undefined, down);
        const result$ = source.pipe(retryBackoff({ ...options, [broken]: throwing }));
        expectObservable(result$).toBe('-#', undefined, bug);
      }
    }),
  );

  it(
    'counts for each subscriber on its own',
    marbles(({ cold, expectObservable }) => {
      const attempts: number[] = [];
      const onRetry = (_: unknown, attempt: number): void => void attempts.push(attempt);
      const result$ = cold('#', undefined, down).pipe(retryBackoff({ ...options, onRetry }));
      expectObservable(result$, '^-!').toBe('-');
      expectObservable(result$, '--^-!').toBe('-');
      expectObservable(cold('---|')).toBe('---|');
      expectObservable(
        defer(() => of(attempts.join())),
        '-----^',
      ).toBe('-----(a|)', { a: '1,1' });
    }),
  );

  it('survives fifty thousand synchronous failures without exhausting the stack', () => {
    vi.useFakeTimers();
    try {
      let seen: number | undefined;
      let attempts = 0;
      defer(() => ((attempts += 1) <= 50_000 ? throwError(() => down) : of(attempts)))
        .pipe(retryBackoff({ initialMs: 1, maxMs: 1, random: () => 0 }))
        .subscribe((value) => (seen = value));
      vi.advanceTimersByTime(100_000);
      expect(seen).toBe(50_001);
    } finally {
      vi.useRealTimers();
    }
  });

  it('survives being woken from within its own failure', () => {
    const wake$ = new Subject<void>();
    let attempts = 0;
    const waiting = defer(() => {
      attempts += 1;
      if (attempts < 3) wake$.next();
      return throwError(() => down);
    })
      .pipe(retryBackoff({ ...options, wake$ }))
      .subscribe();
    wake$.next();
    wake$.next();
    expect(attempts).toBe(3);
    waiting.unsubscribe();
    expect(wake$.observed).toBe(false);
  });
});
