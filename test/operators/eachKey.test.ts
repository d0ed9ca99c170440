import fc from 'fast-check';
import {
  NEVER,
  type Observable,
  Subject,
  concat,
  endWith,
  finalize,
  ignoreElements,
  map,
  merge,
  mergeMap,
  of,
  take,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { eachKey } from '../../src/operators/eachKey.ts';
import { marbles } from '../support/marbles.ts';

type Slices = Readonly<Record<string, number>>;
const toMap = (value: Slices): ReadonlyMap<string, number> => new Map(Object.entries(value));

/** The result of keeping `project` for each key of the source. */
function kept(
  source: Observable<Slices>,
  project: (key: string, slice$: Observable<number>, gone$: Observable<void>) => Observable<string>,
): Observable<string> {
  return source.pipe(eachKey(toMap, Object.is, project));
}

/** Emits `key` with each slice, `key!` when the key goes, and ends then. */
function telling(key: string, slice$: Observable<number>, gone$: Observable<void>) {
  return merge(slice$.pipe(map((slice) => `${key}${slice}`)), gone$.pipe(map(() => `${key}!`)));
}

describe('eachKey', () => {
  it(
    'begins an inner for each key, feeds it its own changed slices and tells it when the key goes',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('--a--b--c--d--|', {
        a: { x: 1 },
        b: { x: 1, y: 1 },
        c: { x: 2, y: 1 },
        d: { y: 1 },
      });
      const subs = '      ^-------------!';
      const expected = '  --p--q--r--s--|';
      expectObservable(kept(source, telling)).toBe(expected, {
        p: 'x1',
        q: 'y1',
        r: 'x2',
        s: 'x!',
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'emits nothing for a source that never emits, and completes with an empty one',
    marbles(({ cold, expectObservable }) => {
      expectObservable(kept(cold('-----'), telling), '^----!').toBe('-');
      expectObservable(kept(cold('---|'), telling)).toBe('---|');
    }),
  );

  it(
    'completes when the source and all inners have completed',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a-|      ', { a: { x: 1, y: 1 } });
      const x$ = cold('    --x-|    ');
      const y$ = cold('    -----y--|');
      const expected = '   --x--y--|';
      expectObservable(kept(source, (key) => (key === 'x' ? x$ : y$))).toBe(expected);
      expectSubscriptions(x$.subscriptions).toBe('^---!');
      expectSubscriptions(y$.subscriptions).toBe('^-------!');
    }),
  );

  it(
    'lets an inner drain at its own pace after the key has gone',
    marbles(({ cold, expectObservable }) => {
      const source = cold('a--b--------|', { a: { x: 1 }, b: {} });
      const expected = '   -------d----|';
      function drain(_key: string, _slice$: unknown, gone$: Observable<void>) {
        return gone$.pipe(mergeMap(() => cold('----(d|)')));
      }
      expectObservable(kept(source, drain)).toBe(expected);
    }),
  );

  it(
    'gives the newest slice at once and tells of the going to who asks later',
    marbles(({ cold, expectObservable }) => {
      const source = cold('a--b----------|', { a: { x: 1 }, b: {} });
      const expected = '   -----(st)-----|';
      function late(key: string, slice$: Observable<number>, gone$: Observable<void>) {
        return timer(5).pipe(mergeMap(() => telling(key, slice$, gone$)));
      }
      expectObservable(kept(source, late)).toBe(expected, { s: 'x1', t: 'x!' });
    }),
  );

  it(
    'begins the inner of a key that comes back when the old one has ended, with the newest slice',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('a--b-c-d----------', {
        a: { x: 1 },
        b: {},
        c: { x: 2 },
        d: { x: 3 },
      });
      const drain$ = cold('        ------|  ');
      const drains = '    ---^-----!        ';
      const expected = '  a--------d--------';
      const unsub = '     ^----------------!';
      expectObservable(
        kept(source, (key, slice$, gone$) =>
          merge(slice$.pipe(map((slice) => `${key}${slice}`)), gone$.pipe(mergeMap(() => drain$))),
        ),
        unsub,
      ).toBe(expected, { a: 'x1', d: 'x3' });
      expectSubscriptions(drain$.subscriptions).toBe(drains);
    }),
  );

  it(
    'never begins the inner of a key that came back and went while the old one drained',
    marbles(({ cold, hot, expectObservable }) => {
      const source = hot('a-b-c-d---------e--', {
        a: { x: 1 },
        b: {},
        c: { x: 2 },
        d: {},
        e: { x: 3 },
      });
      const expected = '  a---------------e--';
      const unsub = '     ^-----------------!';
      function draining(key: string, slice$: Observable<number>, gone$: Observable<void>) {
        return merge(
          slice$.pipe(map((slice) => `${key}${slice}`)),
          gone$.pipe(mergeMap(() => cold('--------|').pipe(ignoreElements()))),
        );
      }
      expectObservable(kept(source, draining), unsub).toBe(expected, { a: 'x1', e: 'x3' });
    }),
  );

  it(
    'waits for all predecessors of a key that comes and goes',
    marbles(({ cold, hot, expectObservable }) => {
      const source = hot('a-b-c-d-e----------|', {
        a: { x: 1 },
        b: {},
        c: { x: 2 },
        d: {},
        e: { x: 3 },
      });
      const expected = '  a---------e--------|';
      function draining(key: string, slice$: Observable<number>, gone$: Observable<void>) {
        return merge(
          slice$.pipe(map((slice) => `${key}${slice}`)),
          gone$.pipe(mergeMap(() => cold('--------|').pipe(ignoreElements()))),
        );
      }
      expectObservable(kept(source, draining)).toBe(expected, { a: 'x1', e: 'x3' });
    }),
  );

  it(
    'does not begin an inner again that completed although its key was there',
    marbles(({ hot, expectObservable }) => {
      const source = hot('a-b-c-d--|', { a: { x: 1 }, b: { x: 2 }, c: {}, d: { x: 3 } });
      const expected = '  a-----d--|';
      function once(key: string, slice$: Observable<number>) {
        return slice$.pipe(
          take(1),
          map((slice) => `${key}${slice}`),
        );
      }
      expectObservable(kept(source, once)).toBe(expected, { a: 'x1', d: 'x3' });
    }),
  );

  it(
    'errors with the error of an inner, of the source or of a callback, and ends all inners',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const bug = new Error('bug');
      const both = { a: { x: 1, y: 1 }, b: { x: 2, y: 1 } };
      const throwing = (): never => {
        throw bug;
      };
      const y$ = cold('------------');
      const x$ = cold('---#', undefined, bug);
      expectObservable(kept(cold('a-----', both), (key) => (key === 'x' ? x$ : y$))).toBe(
        '---#',
        undefined,
        bug,
      );
      expectObservable(kept(cold('a--#', both, bug), () => y$)).toBe('---#', undefined, bug);
      expectSubscriptions(y$.subscriptions).toBe(['^--!', '^--!', '^--!']);
      expectObservable(kept(cold('a', both), throwing)).toBe('#', undefined, bug);
      const source = cold('a-b', both);
      expectObservable(source.pipe(eachKey(throwing, Object.is, () => NEVER))).toBe(
        '#',
        undefined,
        bug,
      );
      expectObservable(source.pipe(eachKey(toMap, throwing, () => NEVER))).toBe(
        '--#',
        undefined,
        bug,
      );
    }),
  );

  it(
    'begins no successor when all inners are ended',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('a-b-c------', { a: { x: 1 }, b: {}, c: { x: 2 } });
      const inner$ = cold('-----------');
      const unsub = '     ^-----!    ';
      expectObservable(
        kept(source, () => inner$),
        unsub,
      ).toBe('-');
      expectSubscriptions(source.subscriptions).toBe(unsub);
      expectSubscriptions(inner$.subscriptions).toBe(unsub);
    }),
  );

  it(
    'serves a second subscriber independently',
    marbles(({ cold, expectObservable }) => {
      const source = cold('a--b|', { a: { x: 1 }, b: { x: 2 } });
      const result$ = kept(source, telling);
      expectObservable(result$.pipe(take(2)), '^-----').toBe('a--(b|)', { a: 'x1', b: 'x2' });
      expectObservable(result$.pipe(take(2)), '--^---').toBe('--a--(b|)', { a: 'x1', b: 'x2' });
    }),
  );

  it('loses no slice that changes while the inner is being born, nor lets an older one win', () => {
    const source = new Subject<Slices>();
    const told: string[] = [];
    source
      .pipe(
        eachKey(toMap, Object.is, (key, slice$, gone$) =>
          telling(key, slice$, gone$).pipe(
            tap((text) => {
              if (text === 'x1') source.next({ x: 2, y: 2 });
              if (text === 'x2') source.next({ y: 3 });
            }),
          ),
        ),
      )
      .subscribe((text) => told.push(text));
    source.next({ x: 1, y: 1 });
    expect(told).toStrictEqual(['x1', 'y1', 'x2', 'y2', 'x!', 'y3']);
  });

  it('stops at once when its subscriber has had enough in the middle of a birth', () => {
    const born: string[] = [];
    const ended: string[] = [];
    of({ x: 1, y: 1, z: 1 })
      .pipe(
        eachKey(toMap, Object.is, (key) => {
          born.push(key);
          return concat(of(key), NEVER).pipe(finalize(() => ended.push(key)));
        }),
        take(2),
      )
      .subscribe();
    expect({ born, ended }).toStrictEqual({ born: ['x', 'y'], ended: ['x', 'y'] });
  });

  it('agrees with a model: one inner per key, told its slices in order, gone and back as the source says', () => {
    const step = fc.oneof(
      fc.record({
        set: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 2 })),
      }),
      fc.record({ end: fc.constantFrom('a', 'b', 'c') }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const source = new Subject<Slices>();
        const running = new Map<string, Subject<never>>();
        const log: string[] = [];
        const result = source
          .pipe(
            eachKey(toMap, Object.is, (key, slice$, gone$) => {
              expect(running.has(key)).toBe(false);
              const end$ = new Subject<never>();
              running.set(key, end$);
              log.push(`+${key}`);
              return telling(key, slice$, gone$).pipe(
                (told$) => merge(told$, end$),
                takeUntil(end$.pipe(ignoreElements(), endWith(0))),
                finalize(() => {
                  running.delete(key);
                  log.push(`-${key}`);
                }),
              );
            }),
          )
          .subscribe((text) => log.push(text));

        // The model: per key the slice wanted now, and what the inner that lives knows.
        const expected: string[] = [];
        let wanted = new Map<string, number>();
        const inners = new Map<string, { knows: number; gone: boolean; live: boolean }>();
        const birth = (key: string, slice: number): void => {
          inners.set(key, { knows: slice, gone: false, live: true });
          expected.push(`+${key}`, `${key}${slice}`);
        };
        for (const now of steps) {
          if ('set' in now) {
            source.next(now.set);
            wanted = new Map(Object.entries(now.set));
            for (const [key, inner] of inners) {
              if (inner.gone || wanted.has(key)) continue;
              inner.gone = true;
              if (inner.live) expected.push(`${key}!`);
              else inners.delete(key);
            }
            const births: [string, number][] = [];
            for (const [key, slice] of wanted) {
              const inner = inners.get(key);
              if (!inner) births.push([key, slice]);
              else if (!inner.gone && inner.knows !== slice) {
                inner.knows = slice;
                if (inner.live) expected.push(`${key}${slice}`);
              }
            }
            for (const [key, slice] of births) birth(key, slice);
          } else {
            running.get(now.end)?.complete();
            const inner = inners.get(now.end);
            if (!inner?.live) continue;
            inner.live = false;
            expected.push(`-${now.end}`);
            if (!inner.gone) continue;
            inners.delete(now.end);
            const slice = wanted.get(now.end);
            if (slice !== undefined) birth(now.end, slice);
          }
        }
        // Which key comes first is not promised.
        for (const key of ['a', 'b', 'c']) {
          const own = (text: string): boolean => text.includes(key);
          expect(log.filter(own)).toStrictEqual(expected.filter(own));
        }
        const alive = [...running.keys()];
        result.unsubscribe();
        expect(log.slice(expected.length).sort()).toStrictEqual(
          alive.map((key) => `-${key}`).sort(),
        );
      }),
      { numRuns: 500 },
    );
  });
});
