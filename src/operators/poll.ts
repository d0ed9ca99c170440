import {
  EMPTY,
  type MonoTypeOperatorFunction,
  NEVER,
  type Observable,
  asyncScheduler,
  catchError,
  concat,
  defer,
  distinctUntilChanged,
  exhaustMap,
  filter,
  finalize,
  of,
  scan,
  switchMap,
  takeUntil,
  throwError,
  timeout,
  timer,
} from 'rxjs';
import { tick } from './tick.ts';

export interface PollOptions<T> {
  /** The period in ms, at least 1, newest at once, then each change; null pauses. A repeated value changes nothing. */
  readonly period$: Observable<number | null>;
  /** Ends the polling: no read starts any more, the one in flight gets `graceMs`. */
  readonly stop$: Observable<unknown>;
  /** One read. `dueAt` is the slot's time, ms since 1970; for a read at once, now. */
  readonly work: (dueAt: number) => Observable<T>;
  /** The longest silence of a read in ms: up to the first value, between values and up to completion. */
  readonly timeoutMs: number;
  /** How long a read in flight may go on after `stop$`, in ms. Default 3000. */
  readonly graceMs?: number;
  /** Shifts the slots, in [0, 1); see `tick`. Default 0. */
  readonly phase?: number;
  /** Told of each read that failed, threw or was silent for too long. */
  readonly onError: (error: unknown) => void;
  /** Told of ticks that came while a read was in flight. */
  readonly onSkip: (ticks: number) => void;
}

/**
 * Reads at once and then at every tick of the period, one read at a time.
 *
 *     period$    5-----------------n--------5------------     n = null
 *     due        0----5----10---15----------27-30---35---
 *     work       r|   -------r| r|          r| -r|  r|
 *     onSkip               1                                   the tick of 10 came while 5 was read
 *     result     r-----------r--r-----------r---r---r----
 *
 * A new period re-arms the clock; it neither reads at once nor touches the read in flight. A read that fails is
 * reported and the next tick tries again. Unsubscribing cancels the read. Never errors: what else fails (`stop$`, a
 * callback) is reported and ends the polling; an error of `period$` leaves the newest period in force.
 */
export function poll<T>({
  period$,
  stop$,
  work,
  timeoutMs,
  graceMs = 3000,
  phase = 0,
  onError,
  onSkip,
}: PollOptions<T>): Observable<T> {
  const report = <V>(instead: Observable<never>): MonoTypeOperatorFunction<V> =>
    catchError((error: unknown) => {
      onError(error);
      return instead;
    });
  const now$ = defer(() => of(asyncScheduler.now()));
  const due$ = period$.pipe(
    report(NEVER),
    distinctUntilChanged(),
    scan((last, periodMs) => ({ periodMs, fresh: last.periodMs === null }), {
      periodMs: null as number | null,
      fresh: true,
    }),
    switchMap(({ periodMs, fresh }) => {
      if (periodMs === null) return NEVER;
      const tick$ = defer(() => tick(periodMs, { phase })).pipe(report(NEVER));
      return fresh ? concat(now$, tick$) : tick$;
    }),
    takeUntil(stop$),
  );
  return defer(() => {
    let busy = false;
    return due$.pipe(
      filter(() => {
        if (busy) onSkip(1);
        return !busy;
      }),
      exhaustMap((dueAt) => {
        busy = true;
        return defer(() => work(dueAt)).pipe(
          timeout({ each: timeoutMs, with: () => silence(timeoutMs) }),
          report(EMPTY),
          finalize(() => {
            busy = false;
          }),
        );
      }),
      // The first stop counts: a second one grants no more time.
      takeUntil(stop$.pipe(exhaustMap(() => timer(graceMs)))),
    );
  }).pipe(report(EMPTY));
}

function silence(timeoutMs: number): Observable<never> {
  return throwError(() => new Error(`gave no answer for ${timeoutMs} ms`));
}
