import {
  type MonoTypeOperatorFunction,
  type Observable,
  Subject,
  defer,
  ignoreElements,
  merge,
  takeUntil,
  tap,
} from 'rxjs';

/**
 * Runs `side$` for as long as the source runs.
 *
 *     source   ^--a-----b--|
 *     side$    ^-x---x---x-!
 *     result   ---a-----b--|
 *
 * `side$` is subscribed first, what it emits is dropped, its completion means nothing; an error of either is the result's,
 * and the source's completion unsubscribes it.
 */
export const beside =
  <T>(side$: Observable<unknown>): MonoTypeOperatorFunction<T> =>
  (source) =>
    defer(() => {
      const done$ = new Subject<void>();
      return merge(
        side$.pipe(ignoreElements(), takeUntil(done$)),
        source.pipe(tap({ complete: () => done$.next() })),
      );
    });
