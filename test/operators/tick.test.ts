import fc from 'fast-check';
import {
  type SchedulerLike,
  VirtualTimeScheduler,
  asyncScheduler,
  lastValueFrom,
  map,
  switchMap,
  take,
  timer,
  toArray,
} from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { tick } from '../../src/operators/tick.ts';
import { marbles } from '../support/marbles.ts';

/** A scheduler whose clock is off by `offsetMs()` and whose timers fire `lateMs` late; n counts the timers. */
const skewed = (
  base: SchedulerLike,
  offsetMs: () => number,
  lateMs: (n: number, delay: number) => number = () => 0,
): SchedulerLike => {
  let timers = 0;
  return {
    now: () => base.now() + offsetMs(),
    schedule: (work, delay = 0, state) =>
      base.schedule(work, Math.max(0, delay + lateMs(++timers, delay)), state as never),
  };
};
const hours = 3_600_000;

describe('tick', () => {
  it(
    'emits the time of each slot of the wall clock, beginning with the next one',
    marbles(({ expectObservable }) => {
      const unsub = '           ^----------------!';
      const expected = '        -----a----b----c--';
      const expectedFrom3 = '   -----a----b----c--';
      const values = { a: 5, b: 10, c: 15 };
      expectObservable(tick(5), unsub).toBe(expected, values);
      expectObservable(timer(3).pipe(switchMap(() => tick(5))), unsub).toBe(expectedFrom3, values);
    }),
  );

  it(
    'shifts the slots by the phase, in whole milliseconds',
    marbles(({ expectObservable }) => {
      const unsub = '   ^----------------!';
      const expected = '--a----b----c-----';
      const values = { a: 2, b: 7, c: 12 };
      expectObservable(tick(5, { phase: 0.4 }), unsub).toBe(expected, values);
      expectObservable(tick(5, { phase: 0.5 }), unsub).toBe(expected, values);
    }),
  );

  it(
    'gives each subscriber its own clock and stops at its unsubscription',
    marbles(({ expectObservable }) => {
      const tick$ = tick(5);
      expectObservable(tick$, '  ^------!').toBe('   -----a--', { a: 5 });
      expectObservable(tick$, '  -------^------!').toBe('----------b----', { b: 10 });
    }),
  );

  it('leaves no timer behind after unsubscription', () => {
    vi.useFakeTimers();
    try {
      const ticking = tick(1000).subscribe();
      expect(vi.getTimerCount()).toBe(1);
      vi.advanceTimersByTime(2500);
      ticking.unsubscribe();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it(
    'does not repeat a slot whose timer fired a millisecond early',
    marbles(({ expectObservable }) => {
      const early = skewed(
        asyncScheduler,
        () => 0,
        () => -1,
      );
      const unsub = '   ^---------------!';
      const expected = '----a----b----c--';
      expectObservable(tick(5, {}, early), unsub).toBe(expected, { a: 5, b: 10, c: 15 });
    }),
  );

  it(
    'emits the newest slot once after a stall, and goes on with the next',
    marbles(({ expectObservable }) => {
      const stalled = skewed(
        asyncScheduler,
        () => 0,
        (n) => (n === 2 ? 13 : 0),
      );
      const unsub = '   ^------------------------------!';
      const expected = '-----a-----------------b-c----d--';
      expectObservable(tick(5, {}, stalled), unsub).toBe(expected, { a: 5, b: 20, c: 25, d: 30 });
    }),
  );

  it(
    'keeps its pace when the clock is set forward by hours',
    marbles(({ expectObservable }) => {
      const scheduler = skewed(asyncScheduler, () => (asyncScheduler.now() < 7 ? 0 : 3 * hours));
      const unsub = '   ^---------------!';
      const expected = '-----a----b----c--';
      const values = { a: 5, b: 3 * hours + 10, c: 3 * hours + 15 };
      expectObservable(tick(5, {}, scheduler), unsub).toBe(expected, values);
    }),
  );

  it(
    'keeps its pace when the clock is set back by hours',
    marbles(({ expectObservable }) => {
      const scheduler = skewed(asyncScheduler, () => (asyncScheduler.now() < 7 ? 3 * hours : 0));
      const unsub = '   ^---------------!';
      const expected = '-----a----b----c--';
      expectObservable(tick(5, {}, scheduler), unsub).toBe(expected, {
        a: 3 * hours + 5,
        b: 10,
        c: 15,
      });
    }),
  );

  it('clock ±1 h: gap at most two periods, and no slot repeated at once, however the clock jumps', () => {
    const jumps = fc.array(
      fc.record({
        at: fc.integer({ min: 0, max: 2000 }),
        by: fc.oneof(
          fc.integer({ min: -5000, max: 5000 }),
          fc.integer({ min: -5 * hours, max: 5 * hours }),
        ),
      }),
      { maxLength: 4 },
    );
    const lateness = fc.array(fc.integer({ min: -1, max: 3 }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(
        fc.integer({ min: 5, max: 300 }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        jumps,
        lateness,
        (periodMs, phase, changes, late) => {
          const base = new VirtualTimeScheduler(undefined, 3000);
          const offset = (): number =>
            changes.reduce((sum, { at, by }) => (base.now() < at ? sum : sum + by), 100_000);
          const scheduler = skewed(base, offset, (n) => late[n % late.length]!);
          const seen: { due: number; at: number }[] = [];
          const ticking = tick(periodMs, { phase }, scheduler).subscribe((due) => {
            seen.push({ due, at: base.now() });
          });
          base.flush();
          ticking.unsubscribe();
          const times = [0, ...seen.map(({ at }) => at), 3000];
          // Each jump back may cost a period; those that fall into one wait add up, and timers are late by 3 ms.
          times.slice(1).forEach((at, i) => {
            const within = changes.filter((change) => change.at > times[i]! && change.at <= at);
            expect(at - times[i]!).toBeLessThanOrEqual(
              (1 + Math.max(1, within.length)) * periodMs + 6,
            );
          });
          seen.slice(1).forEach(({ due }, i) => {
            expect(due).not.toBe(seen[i]!.due);
          });
        },
      ),
    );
  });

  it('waits for periods that are longer than a timer can wait', async () => {
    const base = new VirtualTimeScheduler(undefined, 2 ** 34);
    const delays: number[] = [];
    const scheduler = skewed(
      base,
      () => 0,
      (_, delay) => {
        delays.push(delay);
        return 0;
      },
    );
    const ticks = lastValueFrom(
      tick(2 ** 32, {}, scheduler).pipe(
        map((due) => ({ due, at: base.now() })),
        take(2),
        toArray(),
      ),
    );
    base.flush();
    expect(await ticks).toStrictEqual([
      { due: 2 ** 32, at: 2 ** 32 },
      { due: 2 ** 33, at: 2 ** 33 },
    ]);
    expect(Math.max(...delays)).toBeLessThan(2 ** 31);
  });

  it.each([0, -1, 0.5, NaN, Infinity])('refuses a period of %d ms', (periodMs) => {
    expect(() => tick(periodMs)).toThrow(TypeError);
  });

  it.each([-0.1, 1, NaN])('refuses a phase of %d', (phase) => {
    expect(() => tick(1000, { phase })).toThrow(TypeError);
  });

  it('repeats no slot and does not drift in real time', async () => {
    const ticks = await lastValueFrom(
      tick(20).pipe(
        map((due) => ({ due, lateMs: Date.now() - due })),
        take(200),
        toArray(),
      ),
    );
    ticks.slice(1).forEach(({ due }, i) => {
      expect(due).toBeGreaterThan(ticks[i]!.due);
    });
    const least = (some: typeof ticks): number => Math.min(...some.map(({ lateMs }) => lateMs));
    expect(least(ticks)).toBeGreaterThanOrEqual(-2);
    // A clock that drifts is late at every tick; one on a busy machine is not.
    expect(least(ticks.slice(0, 100))).toBeLessThan(10);
    expect(least(ticks.slice(100))).toBeLessThan(10);
  });
});
