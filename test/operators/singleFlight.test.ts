/* eslint-disable rxjs-x/finnish -- a function that makes streams is no stream */
import { type Observable, catchError, concat, defer, of, tap, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { singleFlight } from '../../src/operators/singleFlight.ts';
import { marbles } from '../support/marbles.ts';

describe('singleFlight', () => {
  it(
    'shares one flight among all who ask for a key meanwhile, and begins another afterwards',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const work = cold('      ---r|');
      const subs = ['                      ^---!         ', '                      ------^---!   '];
      const flight = singleFlight<string, string>(() => work);
      expectObservable(flight('k'), ' ^------ ').toBe('---r|');
      expectObservable(flight('k'), ' --^---- ').toBe('---r|');
      expectObservable(flight('k'), ' ------^ ').toBe('---------r|');
      expectSubscriptions(work.subscriptions).toBe(subs);
    }),
  );

  it(
    'flies separately for each key',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const a$ = cold('--a|');
      const b$ = cold('---b|');
      const flight = singleFlight((key: string) => (key === 'a' ? a$ : b$));
      expectObservable(flight('a')).toBe('--a|');
      expectObservable(flight('b')).toBe('---b|');
      expectSubscriptions(a$.subscriptions).toBe('^--!');
      expectSubscriptions(b$.subscriptions).toBe('^---!');
    }),
  );

  it(
    'gives all values of the flight to who joins late',
    marbles(({ cold, expectObservable }) => {
      const flight = singleFlight<string, string>(() => cold('a--b-|'));
      expectObservable(flight('k'), '^------').toBe('    a--b-|');
      expectObservable(flight('k'), '-^-----').toBe('    -a-b-|');
    }),
  );

  it(
    'fails all who wait, and tries anew for who asks next',
    marbles(({ cold, expectObservable }) => {
      const down = new Error('down');
      let flights = 0;
      const flight = singleFlight<string, string>(() =>
        flights++ === 0 ? cold('---#', undefined, down) : cold('--r|'),
      );
      expectObservable(flight('k'), ' ^------').toBe('---#', undefined, down);
      expectObservable(flight('k'), ' -^-----').toBe('---#', undefined, down);
      expectObservable(flight('k'), ' ----^--').toBe('------r|');
    }),
  );

  it(
    'goes on while one still waits, and is cancelled when the last one leaves',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const work = cold('             ---------r|');
      const subs = ['                 ^----!', '                             --------^----!'];
      const flight = singleFlight<string, string>(() => work);
      expectObservable(flight('k'), ' ^--!').toBe('   -');
      expectObservable(flight('k'), ' --^--!').toBe(' -');
      expectObservable(flight('k'), ' --------^----!').toBe('-');
      expectSubscriptions(work.subscriptions).toBe(subs);
    }),
  );

  it(
    'passes on silence, completion without a value, and what work throws',
    marbles(({ cold, expectObservable }) => {
      const bug = new Error('bug');
      const flight = singleFlight((key: string): Observable<string> => {
        if (key === 'throws') throw bug;
        return key === 'never' ? cold('----') : cold('--|');
      });
      expectObservable(flight('never'), '^---!').toBe('-');
      expectObservable(flight('empty')).toBe('--|');
      expectObservable(flight('throws')).toBe('#', undefined, bug);
    }),
  );

  it('begins anew for who asks again while being told of the end', () => {
    let flights = 0;
    const flight = singleFlight<string, number>(() =>
      defer(() => ((flights += 1) === 1 ? throwError(() => new Error('down')) : of(flights))),
    );
    const seen: unknown[] = [];
    flight('k')
      .pipe(catchError(() => flight('k')))
      .subscribe((value) => seen.push(value));
    flight('k').subscribe((value) => seen.push(value));
    expect(seen).toStrictEqual([2, 3]);
  });

  it(
    'does not forget a flight that began while the one before was ending',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const work = cold('---r|');
      const flight = singleFlight<string, string>(() => work);
      const again$ = concat(flight('k'), flight('k'));
      expectObservable(again$, '      ^--------').toBe('---r---r|');
      expectObservable(flight('k'), ' -----^---').toBe('-------r|');
      expectSubscriptions(work.subscriptions).toBe(['^---!', '----^---!']);
    }),
  );

  it('runs nothing before somebody asks', () => {
    let flights = 0;
    const flight = singleFlight<string, number>(() => of(1).pipe(tap(() => (flights += 1))));
    void flight('k');
    expect(flights).toBe(0);
  });
});
