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
 *     turns      x--x--x--x
 *     result     a--b--c--|
 *
 * An error of the iterable is an error of the result. Unsubscribing makes no further value.
 */
export function inTurns<T>(
  values: Iterable<T>,
  scheduler: SchedulerLike = asyncScheduler,
): Observable<T> {
  return defer(() => {
    const iterator = values[Symbol.iterator]();
    return timer(0, 0, scheduler).pipe(
      map(() => iterator.next()),
      takeWhile(({ done }) => done !== true),
      map(({ value }) => value as T),
    );
  });
}
