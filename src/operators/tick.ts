import {
  type Observable,
  type SchedulerLike,
  asyncScheduler,
  defer,
  ignoreElements,
  map,
  repeat,
  timer,
} from 'rxjs';

/** The longest delay of a platform timer, in ms; a longer one would fire at once. */
const longestDelayMs = 2 ** 31 - 1;

export interface TickOptions {
  /** Shifts every slot by this part of the period, in [0, 1), so that a fleet does not tick in step. Default 0. */
  readonly phase?: number;
}

/**
 * Emits the due time (ms since 1970) of every slot of the wall clock, for ever: the multiples of the period, shifted by
 * the phase. The first slot is the next one.
 *
 *     clock           0----5----10---15---20---
 *     period 5        -----5----a----b----c----
 *     … phase 0.4     --2----7----d----e----f--      a = 10, b = 15, …, d = 12, e = 17, …
 *
 * - No drift: the wait is computed anew from the clock for each slot.
 * - No duplicates: a timer that fires early does not repeat its slot; slots go up as long as the clock does.
 * - No burst: after a stall it emits the newest slot that has come, once, and goes on with the next.
 * - A clock that is set back or forward, by whatever amount, delays a tick by less than one period.
 *
 * @param periodMs - Length of a slot in ms, at least 1. Anything else throws a `TypeError`.
 */
export function tick(
  periodMs: number,
  { phase = 0 }: TickOptions = {},
  scheduler: SchedulerLike = asyncScheduler,
): Observable<number> {
  if (!(periodMs >= 1 && periodMs < Infinity)) {
    throw new TypeError(`periodMs must be a number of ms, at least 1; it is ${periodMs}.`);
  }
  if (!(phase >= 0 && phase < 1)) {
    throw new TypeError(`phase must be in [0, 1); it is ${phase}.`);
  }
  const shiftMs = Math.floor(phase * periodMs);
  const newest = (): number => Math.floor((scheduler.now() - shiftMs) / periodMs);
  // One slot behind is a timer that fired early; further behind, the clock was set back.
  const reached = (slot: number): number => {
    const now = newest();
    return now < slot - 1 ? now : Math.max(slot, now);
  };
  return defer(() => {
    let slot = newest();
    return defer(() => {
      slot = reached(slot) + 1;
      const waitMs = slot * periodMs + shiftMs - scheduler.now();
      if (waitMs > longestDelayMs) {
        slot -= 1;
        return timer(longestDelayMs, scheduler).pipe(ignoreElements());
      }
      return timer(waitMs, scheduler).pipe(
        map(() => {
          slot = reached(slot);
          return slot * periodMs + shiftMs;
        }),
      );
    }).pipe(repeat());
  });
}
