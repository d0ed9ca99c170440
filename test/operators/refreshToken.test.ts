/* eslint-disable rxjs-x/finnish -- a function that makes streams is no stream */
import {
  BehaviorSubject,
  EMPTY,
  NEVER,
  type Observable,
  delay,
  map,
  merge,
  of,
  tap,
  timer,
  toArray,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { refreshToken } from '../../src/operators/refreshToken.ts';
import { singleFlight } from '../../src/operators/singleFlight.ts';
import { marbles } from '../support/marbles.ts';

const refused = (reply: string): boolean => reply.startsWith('401');

describe('refreshToken', () => {
  it(
    'sends with the newest token and renews nothing where it is accepted',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const token$ = cold('t---');
      const refresh$ = cold('-f|');
      const work = cold('--r|');
      const result$ = refreshToken({ token$, refresh: () => refresh$, refused }, () => work);
      expectObservable(result$).toBe('--r|');
      expectSubscriptions(token$.subscriptions).toBe('(^!)');
      expectSubscriptions(work.subscriptions).toBe('^--!');
      expectSubscriptions(refresh$.subscriptions).toBe([]);
    }),
  );

  it(
    'renews a refused token and sends the same once more',
    marbles(({ cold, expectObservable, expectSubscriptions, flush }) => {
      const stale$ = cold('  ---(x|)          ', { x: '401' });
      const refresh$ = cold('   ---(f|)       ', { f: 'fresh' });
      const fresh$ = cold('        --(r|)     ', { r: '200' });
      const expected = '     --------(r|)';
      const sent: string[] = [];
      const result$ = refreshToken(
        {
          token$: of('stale'),
          refresh: (stale) => {
            sent.push(`renew ${stale}`);
            return refresh$;
          },
          refused,
        },
        (token) => {
          sent.push(token);
          return token === 'stale' ? stale$ : fresh$;
        },
      );
      expectObservable(result$).toBe(expected, { r: '200' });
      expectSubscriptions(refresh$.subscriptions).toBe('---^--!');
      expectSubscriptions(fresh$.subscriptions).toBe('  ------^-!');
      flush();
      expect(sent).toStrictEqual(['stale', 'renew stale', 'fresh']);
    }),
  );

  it(
    'emits a second refusal as it is',
    marbles(({ expectObservable }) => {
      let renewals = 0;
      const result$ = refreshToken(
        { token$: of('s'), refresh: () => of(`f${(renewals += 1)}`), refused },
        (token) => of(`401 ${token}`).pipe(delay(1)),
      );
      expectObservable(result$).toBe('--(r|)', { r: '401 f1' });
    }),
  );

  it(
    'sends a token that became newer meanwhile without renewing it again',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const token$ = new BehaviorSubject('stale');
      const renewed$ = hot('--f|').pipe(tap(() => token$.next('fresh')));
      const refresh$ = cold('-f|');
      const work = (token: string): Observable<string> =>
        of(token === 'stale' ? '401' : '200').pipe(delay(4));
      const result$ = refreshToken({ token$, refresh: () => refresh$, refused }, work);
      expectObservable(merge(renewed$.pipe(map(() => 'renewed')), result$)).toBe('--n-----(r|)', {
        n: 'renewed',
        r: '200',
      });
      expectSubscriptions(refresh$.subscriptions).toBe([]);
    }),
  );

  it(
    'renews once for all whose stale token is refused at about the same time',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const token$ = new BehaviorSubject('stale');
      const refresh$ = cold('-----(f|)', { f: 'fresh' });
      const refresh = singleFlight<string, string>(() =>
        refresh$.pipe(tap((fresh) => token$.next(fresh))),
      );
      // Refused after 1, 2, 3 … 10 ms: some before the renewal, some during it, some when it is over.
      const replies = Array.from({ length: 10 }, (_, i) =>
        refreshToken({ token$, refresh, refused }, (token) =>
          timer(token === 'stale' ? 1 + i : 20).pipe(
            map(() => (token === 'stale' ? '401' : `${i}`)),
          ),
        ),
      );
      // Those of 1 to 6 ms share the renewal, which ends at 6; those of 7 to 10 ms find its result.
      expectObservable(merge(...replies).pipe(toArray())).toBe('30ms (r|)', {
        r: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
      });
      expectSubscriptions(refresh$.subscriptions).toBe('-^----!');
    }),
  );

  it(
    'passes on the errors of work and refresh',
    marbles(({ cold, expectObservable }) => {
      const down = new Error('down');
      const failing$ = cold('--#', undefined, down);
      const fails = { token$: of('t'), refresh: () => failing$, refused };
      expectObservable(refreshToken(fails, () => failing$)).toBe('--#', undefined, down);
      expectObservable(refreshToken(fails, () => of('401'))).toBe('--#', undefined, down);
    }),
  );

  it(
    'errors with what a callback throws',
    marbles(({ expectObservable }) => {
      const bug = new Error('bug');
      const throwing = (): never => {
        throw bug;
      };
      const fine = { token$: of('t'), refresh: () => of('f'), refused };
      const sends = (): Observable<string> => of('401');
      const results = [
        refreshToken(fine, throwing),
        refreshToken({ ...fine, refresh: throwing }, sends),
        refreshToken({ ...fine, refused: throwing }, sends),
      ];
      for (const result$ of results) expectObservable(result$).toBe('#', undefined, bug);
    }),
  );

  it(
    'waits for the first token, and completes where there is none, or none after a refusal',
    marbles(({ cold, expectObservable }) => {
      const sends = (): Observable<string> => of('401');
      const none = { refresh: () => EMPTY, refused };
      expectObservable(refreshToken({ ...none, token$: NEVER }, sends), '^--!').toBe('-');
      expectObservable(refreshToken({ ...none, token$: cold('--|') }, sends)).toBe('--|');
      expectObservable(refreshToken({ ...none, token$: of('t') }, sends)).toBe('|');
    }),
  );

  it(
    'cancels the work or the refresh on unsubscription',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const work = cold('----------');
      const refresh$ = cold('------');
      const working$ = refreshToken(
        { token$: of('t'), refresh: () => refresh$, refused },
        () => work,
      );
      const renewing$ = refreshToken({ token$: of('t'), refresh: () => refresh$, refused }, () =>
        of('401'),
      );
      expectObservable(working$, ' ^--!').toBe('-');
      expectObservable(renewing$, '^---!').toBe('-');
      expectSubscriptions(work.subscriptions).toBe('    ^--!');
      expectSubscriptions(refresh$.subscriptions).toBe('^---!');
    }),
  );

  it(
    'sends anew for each subscriber',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const work = cold('-r|');
      const result$ = refreshToken(
        { token$: of('t'), refresh: () => of('f'), refused },
        () => work,
      );
      expectObservable(result$, '^----').toBe('  -r|');
      expectObservable(result$, '--^--').toBe('  ---r|');
      expectSubscriptions(work.subscriptions).toBe(['^-!', '--^-!']);
    }),
  );
});
