import { NEVER, Subject, of } from 'rxjs';
import { describe, it } from 'vitest';
import { keepAlive, type KeepAliveOptions } from '../../src/operators/keepAlive.ts';
import { marbles } from '../support/marbles.ts';

const down = new Error('down');
const options = (): KeepAliveOptions & { error$: Subject<string> } => {
  const error$ = new Subject<string>();
  return {
    stop$: NEVER,
    initialMs: 8,
    maxMs: 32,
    random: () => 0.5,
    onError: (error) => {
      error$.next((error as Error).message);
    },
    error$,
  };
};

describe('keepAlive', () => {
  it(
    'reports an error and subscribes again after a wait, which is as short as at first after a value',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a-#                    ', undefined, down);
      const subs = [
        '                  ^-!                    ',
        '                  ------^-!              ',
        '                  ------------^-!        ',
      ];
      const expected = '   a-----a-----a----      ';
      const errors = '     --e-----e-----e--      ';
      const unsub = '      ^---------------!      ';
      const kept = options();
      expectObservable(kept.error$, unsub).toBe(errors, { e: 'down' });
      expectObservable(source.pipe(keepAlive(kept)), unsub).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'waits longer each time while no value comes',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('#', undefined, down);
      const subs = [
        '                  (^!)                           ',
        '                  ----(^!)                       ',
        '                  ------------(^!)               ',
        '                  ----------------------------(^!)',
      ];
      const unsub = '      ^----------------------------! ';
      expectObservable(source.pipe(keepAlive(options())), unsub).toBe('-');
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'reports a completion before stop$ as an error, and subscribes again',
    marbles(({ cold, expectObservable }) => {
      const source = cold('a-|');
      const expected = '   a-----a--';
      const errors = '     --e-----e';
      const unsub = '      ^-------!';
      const kept = options();
      expectObservable(kept.error$, '^--------!').toBe(errors.slice(0, 8), {
        e: 'the stream ended although nothing had stopped it',
      });
      expectObservable(source.pipe(keepAlive(kept)), unsub).toBe(expected);
    }),
  );

  it(
    'unsubscribes the source and completes at stop$',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-------');
      const stop$ = hot('  ----s----');
      const subs = '       ^---!    ';
      const expected = '   -a--|    ';
      expectObservable(source.pipe(keepAlive({ ...options(), stop$ }))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
      expectSubscriptions(stop$.subscriptions).toBe(subs);
    }),
  );

  it(
    'completes at stop$ while it waits, and at once where it has come before',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = cold('-#       ', undefined, down);
      const stop$ = hot('  ---s-----');
      expectObservable(source.pipe(keepAlive({ ...options(), stop$ }))).toBe('---|');
      expectObservable(source.pipe(keepAlive({ ...options(), stop$: of(1) }))).toBe('|');
      expectSubscriptions(source.subscriptions).toBe('^!');
    }),
  );

  it(
    'passes on what a source that never ends emits, until it is unsubscribed',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-b-c---');
      const unsub = '      ^---!    ';
      expectObservable(source.pipe(keepAlive(options())), unsub).toBe('-a-b');
      expectSubscriptions(source.subscriptions).toBe(unsub);
    }),
  );

  it(
    'errors with what onError throws',
    marbles(({ cold, expectObservable }) => {
      const bug = new Error('bug');
      const onError = (): never => {
        throw bug;
      };
      const source = cold('-#', undefined, down);
      expectObservable(source.pipe(keepAlive({ ...options(), onError }))).toBe(
        '-#',
        undefined,
        bug,
      );
    }),
  );

  it(
    'serves a second subscriber independently',
    marbles(({ cold, expectObservable }) => {
      const kept$ = cold('a#', undefined, down).pipe(keepAlive(options()));
      expectObservable(kept$, '^-------!').toBe('   a----a---');
      expectObservable(kept$, '--^-----!').toBe('   --a----a-');
    }),
  );
});
