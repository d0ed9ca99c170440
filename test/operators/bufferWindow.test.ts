import {
  NEVER,
  type Observable,
  Subject,
  asyncScheduler,
  concat,
  from,
  map,
  of,
  range,
  take,
  throwError,
  timer,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type BufferWindowOptions,
  bufferWindow,
  type WindowLimits,
} from '../../src/operators/bufferWindow.ts';
import { marbles } from '../support/marbles.ts';

const wide: WindowLimits = { maxAgeMs: 100, maxBytes: 100, maxCount: 100, capacityBytes: 1000 };

/** Values are words, as large as they are long; a digit is as large as it says. */
const bytes = (value: string): number => Number(value) || value.length;
const options = (
  limits: Partial<WindowLimits>,
  more: Partial<BufferWindowOptions<string>> = {},
): BufferWindowOptions<string> & { drop$: Subject<string> } => {
  const drop$ = new Subject<string>();
  return {
    limits$: of({ ...wide, ...limits }),
    bytes,
    onDrop: (dropped) => {
      drop$.next(dropped.join(''));
    },
    drop$,
    ...more,
  };
};
/** Writes at once; emits what was written. */
function written(window: readonly string[]): Observable<string> {
  return of(window.join(''));
}
/** Writes for so long; emits what was written at the end. */
const writes =
  (ms: number) =>
  (window: readonly string[]): Observable<string> =>
    timer(ms).pipe(map(() => window.join('')));

describe('bufferWindow', () => {
  it(
    'leaves a value in the window of the next one that it goes with, whichever limit is reached',
    marbles(({ cold, expectObservable }) => {
      const withNext = (value: string) => value === '3';
      const windows = (limits: Partial<WindowLimits>) =>
        bufferWindow(options(limits, { withNext }), written);
      const source$ = () => cold('1(34)-|');
      const apart = '             -x----|';
      for (const limits of [{ maxCount: 2 }, { maxBytes: 4 }]) {
        expectObservable(source$().pipe(windows(limits))).toBe('-(xy)-|', { x: '1', y: '34' });
      }
      expectObservable(source$().pipe(windows({ maxCount: 3 }))).toBe(apart, { x: '134' });
      const rest$ = cold('3--|');
      expectObservable(rest$.pipe(windows({ maxCount: 1 }))).toBe('---(x|)', { x: '3' });
    }),
  );

  it(
    'writes a window when its oldest value has its age, and what is left on completion',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a-b-------c--|   ');
      const expected = '   -----x-------(y|)';
      const subs = '       ^------------!   ';
      expectObservable(source.pipe(bufferWindow(options({ maxAgeMs: 5 }), written))).toBe(
        expected,
        { x: 'ab', y: 'c' },
      );
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'emits nothing for a source that never emits, and completes with an empty one',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const windows = () => bufferWindow(options({ maxAgeMs: 2 }), written);
      const never$ = cold('-------');
      const empty$ = cold('--|    ');
      const unsub = '      ^-----!';
      expectObservable(never$.pipe(windows()), unsub).toBe('-');
      expectObservable(empty$.pipe(windows())).toBe('--|');
      expectSubscriptions(never$.subscriptions).toBe(unsub);
    }),
  );

  it(
    'writes a window as soon as it has its count',
    marbles(({ cold, expectObservable }) => {
      const source = cold('abcde-|   ');
      const expected = '   -x-y--(z|)';
      expectObservable(source.pipe(bufferWindow(options({ maxCount: 2 }), written))).toBe(
        expected,
        { x: 'ab', y: 'cd', z: 'e' },
      );
    }),
  );

  it(
    'fills a window up to exactly its bytes, and closes it before a value that would exceed them',
    marbles(({ cold, expectObservable }) => {
      const windows = () => bufferWindow(options({ maxBytes: 6 }), written);
      const exact$ = cold('   3-3---|   ');
      const expectedExact = ' --x---|   ';
      const above$ = cold('   3-4---|   ');
      const expectedAbove = ' --x---(y|)';
      expectObservable(exact$.pipe(windows())).toBe(expectedExact, { x: '33' });
      expectObservable(above$.pipe(windows())).toBe(expectedAbove, { x: '3', y: '4' });
    }),
  );

  it(
    'writes a value that is larger than a window alone',
    marbles(({ cold, expectObservable }) => {
      const source = cold('1-9----1-|   ');
      const expected = '   --(xy)---(z|)';
      expectObservable(source.pipe(bufferWindow(options({ maxBytes: 6 }), written))).toBe(
        expected,
        { x: '1', y: '9', z: '1' },
      );
    }),
  );

  it(
    'counts the age of what is left from its own arrival',
    marbles(({ cold, expectObservable }) => {
      const source = cold('3--4---------|');
      const expected = '   ---x----y----|';
      expectObservable(
        source.pipe(bufferWindow(options({ maxBytes: 6, maxAgeMs: 5 }), written)),
      ).toBe(expected, { x: '3', y: '4' });
    }),
  );

  it(
    'writes all that waits on flush$',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = cold('ab---c---------|');
      const flush$ = hot(' --f-f---f------ ');
      const expected = '   --x-----y------|';
      expectObservable(source.pipe(bufferWindow(options({}, { flush$ }), written))).toBe(expected, {
        x: 'ab',
        y: 'c',
      });
      expectSubscriptions(flush$.subscriptions).toBe('^--------------!');
    }),
  );

  it(
    'flushes all that waited at the time, although a window is being written',
    marbles(({ cold, hot, expectObservable }) => {
      const source = cold('abcd------e---------');
      const flush$ = hot(' ---f----------------');
      const unsub = '      ^------------------!';
      const expected = '   -----w---x----------';
      expectObservable(
        source.pipe(bufferWindow(options({ maxCount: 2 }, { flush$ }), writes(4))),
        unsub,
      ).toBe(expected, { w: 'ab', x: 'cd' });
    }),
  );

  it(
    'writes what it holds when the source errors, then errors',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a-b-#      ');
      const expected = '   -------x--#';
      const subs = '       ^---!      ';
      function write(window: readonly string[]): Observable<string> {
        return cold('          ---x--|', { x: window.join('') });
      }
      expectObservable(source.pipe(bufferWindow(options({}), write))).toBe(expected, { x: 'ab' });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'writes one window at a time, and the next when the one before is done',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('abcdef-----------|');
      const write$ = cold(' ---w|');
      const subs = [
        '                  -^---!            ',
        '                  -----^---!        ',
        '                  ---------^---!    ',
      ];
      const expected = '   ----w---w---w----|';
      expectObservable(source.pipe(bufferWindow(options({ maxCount: 2 }), () => write$))).toBe(
        expected,
      );
      expectSubscriptions(write$.subscriptions).toBe(subs);
    }),
  );

  it(
    'writes what grew too old meanwhile as soon as the write is done',
    marbles(({ cold, expectObservable }) => {
      const source = cold('ab-c--------------');
      const expected = '   ---------x-------y';
      const unsub = '      ^-----------------!';
      expectObservable(
        source.pipe(bufferWindow(options({ maxCount: 2, maxAgeMs: 4 }), writes(8))),
        unsub,
      ).toBe(expected, { x: 'ab', y: 'c' });
    }),
  );

  it(
    'drops the oldest on overflow, tells of them, and goes on',
    marbles(({ cold, expectObservable }) => {
      const source = cold('abcdefg---h-|                 ');
      const drops = '      -----xy                       ';
      const unsub = '      ^-----------------------------!';
      const expected = '   ---------v--------w--------(x|)';
      const { drop$, ...rest } = options({ maxAgeMs: 0, capacityBytes: 4 });
      expectObservable(drop$, unsub).toBe(drops, { x: 'b', y: 'c' });
      expectObservable(source.pipe(bufferWindow(rest, writes(9)))).toBe(expected, {
        v: 'a',
        w: 'defg',
        x: 'h',
      });
    }),
  );

  it(
    'drops a value that is larger than all that may wait, and nothing else for it',
    marbles(({ cold, expectObservable }) => {
      const source = cold('a-9-b-|   ');
      const drops = '      --x       ';
      const unsub = '      ^---------!';
      const expected = '   ------(y|)';
      const { drop$, ...rest } = options({ capacityBytes: 8 });
      expectObservable(drop$, unsub).toBe(drops, { x: '9' });
      expectObservable(source.pipe(bufferWindow(rest, written))).toBe(expected, { y: 'ab' });
    }),
  );

  it(
    'writes a window that fills the capacity instead of dropping while nothing is written',
    marbles(({ cold, expectObservable }) => {
      const source = cold('2-2-2-|   ');
      const expected = '   --x---(y|)';
      const { drop$, ...rest } = options({ maxBytes: 100, capacityBytes: 4 });
      expectObservable(drop$, '^---------!').toBe('-');
      expectObservable(source.pipe(bufferWindow(rest, written))).toBe(expected, {
        x: '22',
        y: '2',
      });
    }),
  );

  it(
    'applies new limits to what waits already',
    marbles(({ cold, hot, expectObservable }) => {
      const age = { l: { ...wide, maxAgeMs: 10 }, m: { ...wide, maxAgeMs: 5 } };
      const shorter = {
        source: cold('  ab-----------'),
        limits$: hot('  l--m---------', age),
        expected: '     -----x-------',
      };
      const overdue = {
        source: cold('  ab-----------'),
        limits$: hot('  l-------m----', age),
        expected: '     --------x----',
      };
      const longer = {
        source: cold('  ab-----------'),
        limits$: hot('  m--l---------', age),
        expected: '     ----------x--',
      };
      const fewer = {
        source: cold('  abc----------'),
        limits$: hot('  l---m--------', { ...age, m: { ...wide, maxCount: 3 } }),
        expected: '     ----y--------',
      };
      const unsub = '   ^------------!';
      for (const { source, limits$, expected } of [shorter, overdue, longer, fewer]) {
        expectObservable(source.pipe(bufferWindow(options({}, { limits$ }), written)), unsub).toBe(
          expected,
          { x: 'ab', y: 'abc' },
        );
      }
    }),
  );

  it(
    'drops what a lowered capacity no longer holds',
    marbles(({ cold, hot, expectObservable }) => {
      const limits$ = hot('l----m---------', {
        l: { ...wide, maxAgeMs: 0 },
        m: { ...wide, maxAgeMs: 0, capacityBytes: 2 },
      });
      const source = cold('abcd-----------');
      const drops = '      -----x---------';
      const expected = '   --------y-------z';
      const unsub = '      ^----------------!';
      const { drop$, ...rest } = options({}, { limits$ });
      expectObservable(drop$, unsub).toBe(drops, { x: 'b' });
      expectObservable(source.pipe(bufferWindow(rest, writes(8))), unsub).toBe(expected, {
        y: 'a',
        z: 'cd',
      });
    }),
  );

  it(
    'holds everything until the first limits; the age counts from the arrival',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = cold(' ab---c-------------');
      const limits$ = hot(' ----l--------------', { l: { ...wide, maxAgeMs: 7 } });
      const flush$ = hot('  --f----------------');
      const expected = '    ----x-------y------';
      const unsub = '       ^-----------------!';
      expectObservable(
        source.pipe(bufferWindow(options({}, { limits$, flush$ }), written)),
        unsub,
      ).toBe(expected, { x: 'ab', y: 'c' });
      expectObservable(source.pipe(bufferWindow(options({}, { limits$ }), written)), unsub).toBe(
        '   -------x',
        { x: 'abc' },
      );
      expectSubscriptions(limits$.subscriptions).toBe([unsub, unsub]);
    }),
  );

  it(
    'writes what it holds on completion although no limits ever came',
    marbles(({ cold, expectObservable }) => {
      const source = cold('ab-|   ');
      const expected = '   ---(x|)';
      expectObservable(source.pipe(bufferWindow(options({}, { limits$: NEVER }), written))).toBe(
        expected,
        { x: 'ab' },
      );
    }),
  );

  it('holds at most 16 MiB before the first limits', () => {
    const dropped: number[] = [];
    const kept: number[] = [];
    concat(range(0, 5), NEVER)
      .pipe(
        bufferWindow(
          {
            limits$: concat(NEVER, of(wide)),
            bytes: () => 4 * 1024 * 1024 + 1,
            onDrop: (values) => dropped.push(...values),
          },
          (window) => from(window),
        ),
      )
      .subscribe((value) => kept.push(value))
      .unsubscribe();
    expect(dropped).toStrictEqual([0, 1]);
    expect(kept).toStrictEqual([]);
  });

  it(
    'closes a window in time although the clock is set back by hours',
    marbles(({ cold, expectObservable }) => {
      const scheduler = {
        now: () => asyncScheduler.now() + (asyncScheduler.now() < 2 ? 3 * 3_600_000 : 0),
        schedule: asyncScheduler.schedule.bind(asyncScheduler),
      };
      const source = cold('ab-c----------------');
      const unsub = '      ^------------------!';
      const expected = '   -------x------y-----';
      expectObservable(
        source.pipe(bufferWindow(options({ maxCount: 2, maxAgeMs: 5 }), writes(6), scheduler)),
        unsub,
      ).toBe(expected, { x: 'ab', y: 'c' });
    }),
  );

  it(
    'errors at once with what a write errors or throws, and leaves the source',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const error = new Error('disk full');
      const source = cold(' abc---');
      const write$ = cold(' --#', undefined, error);
      const one = options({ maxCount: 1 });
      expectObservable(source.pipe(bufferWindow(one, () => write$))).toBe('--#', {}, error);
      const throwing = (): never => {
        throw error;
      };
      expectObservable(source.pipe(bufferWindow(one, throwing))).toBe('#', {}, error);
      expectSubscriptions(source.subscriptions).toBe(['^-!', '(^!)', '^!']);
      expectSubscriptions(write$.subscriptions).toBe('^-!');
      expectObservable(
        source.pipe(bufferWindow(options({ maxCount: 2 }), () => throwError(() => error))),
      ).toBe('-#', {}, error);
    }),
  );

  it(
    'writes what it holds when bytes throws, then errors; an onDrop that throws errors',
    marbles(({ cold, expectObservable }) => {
      const bug = new Error('bug');
      const broken = (value: string): number => {
        if (value === 'b') throw bug;
        return 1;
      };
      expectObservable(cold('ab').pipe(bufferWindow(options({}, { bytes: broken }), written))).toBe(
        '-(x#)',
        { x: 'a' },
        bug,
      );
      const onDrop = (): never => {
        throw bug;
      };
      expectObservable(
        cold('a9').pipe(bufferWindow(options({ capacityBytes: 4 }, { onDrop }), written)),
      ).toBe('-(x#)', { x: 'a' }, bug);
    }),
  );

  it(
    'cancels the write and leaves everything on unsubscription',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = cold('ab-------');
      const limits$ = hot('l--------', { l: wide });
      const flush$ = hot(' --f------');
      const write$ = cold('---------');
      const subs = '       ^----!   ';
      const writeSubs = '  --^--!   ';
      expectObservable(
        source.pipe(bufferWindow(options({}, { limits$, flush$ }), () => write$)),
        subs,
      ).toBe('-');
      expectSubscriptions(source.subscriptions).toBe(subs);
      expectSubscriptions(limits$.subscriptions).toBe(subs);
      expectSubscriptions(flush$.subscriptions).toBe(subs);
      expectSubscriptions(write$.subscriptions).toBe(writeSubs);
    }),
  );

  it(
    'serves a second subscriber independently',
    marbles(({ cold, expectObservable }) => {
      const source = cold('abc---|');
      const windows$ = source.pipe(bufferWindow(options({ maxCount: 2 }), written));
      expectObservable(windows$, '^--------').toBe('   -x----(y|)', { x: 'ab', y: 'c' });
      expectObservable(windows$, '--^------').toBe('   ---x----(y|)', { x: 'ab', y: 'c' });
    }),
  );

  it('does not recurse when writes complete at once: a hundred thousand windows', () => {
    const source = new Subject<number>();
    let windows = 0;
    let sum = 0;
    let completed = false;
    const one = { ...wide, maxCount: 1, capacityBytes: Infinity, maxBytes: Infinity };
    const limits$ = new Subject<WindowLimits>();
    source
      .pipe(
        bufferWindow({ limits$, bytes: () => 1, onDrop: () => undefined }, (window) => {
          windows += 1;
          return from(window);
        }),
      )
      .subscribe({ next: (value) => (sum += value), complete: () => (completed = true) });
    // All are held when the limits come, then one write follows the other within one call.
    for (let value = 1; value <= 100_000; value += 1) source.next(value);
    limits$.next(one);
    source.complete();
    expect({ windows, sum, completed }).toStrictEqual({
      windows: 100_000,
      sum: 5_000_050_000,
      completed: true,
    });
  });

  it('may be fed from within its own writes', () => {
    const source = new Subject<number>();
    const seen: number[] = [];
    source
      .pipe(
        bufferWindow(
          { limits$: of({ ...wide, maxCount: 1 }), bytes: () => 1, onDrop: () => undefined },
          (window) => from(window),
        ),
      )
      .subscribe((value) => {
        seen.push(value);
        if (value < 20_000) source.next(value + 1);
      });
    source.next(1);
    expect(seen).toStrictEqual(Array.from({ length: 20_000 }, (_, i) => i + 1));
  });

  it('stops writing when its subscriber has had enough in the middle of a synchronous write', () => {
    let windows = 0;
    const seen: number[] = [];
    range(0, 100)
      .pipe(
        bufferWindow(
          { limits$: of({ ...wide, maxCount: 1 }), bytes: () => 1, onDrop: () => undefined },
          (window) => {
            windows += 1;
            return from(window);
          },
        ),
        take(3),
      )
      .subscribe((value) => seen.push(value));
    expect({ windows, seen }).toStrictEqual({ windows: 3, seen: [0, 1, 2] });
  });
});
