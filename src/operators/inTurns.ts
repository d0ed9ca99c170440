import {
  type Observable,
  type SchedulerLike,
  asyncScheduler,
  defer,
  map,
  takeWhile,
  timer,
} from 'rxjs';

/**
 * Emits what an iterable holds, each value in a turn of the event loop of its own: it is made when its turn comes, and what
 * became of the one before could go on meanwhile.
 *
 *     values     a, b, c
 *     turns      x--x--x--x          `pauseMs` apart
 *     result     a--b--c--|
 *
 * An error of the iterable is an error of the result. Unsubscribing makes no further value.
 *
 * @param pauseMs - How long two turns are apart, in ms. Default: 0, the next turn.
 */
export function inTurns<T>(
  values: Iterable<T>,
  pauseMs = 0,
  scheduler: SchedulerLike = asyncScheduler,
): Observable<T> {
  return defer(() => {
    const iterator = values[Symbol.iterator]();
    return timer(0, pauseMs, scheduler).pipe(
      map(() => iterator.next()),
      takeWhile(({ done }) => done !== true),
      map(({ value }) => value as T),
    );
  });
}
