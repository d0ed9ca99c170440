import {
  type Observable,
  type OperatorFunction,
  Subject,
  defer,
  exhaustMap,
  takeUntil,
  tap,
} from 'rxjs';

/**
 * Works with a resource and holds it while it does: a source that opens on subscription, emits once and closes on
 * unsubscription.
 *
 *     resource   ^--r---------------!       closed when the work is done
 *     work          --a-----b-------|
 *     result     -----a-----b-------|
 *
 * Further values while the work goes on are ignored. Unsubscribing ends both.
 */
export const holding =
  <T, R>(work: (resource: T) => Observable<R>): OperatorFunction<T, R> =>
  (source) =>
    defer(() => {
      const done$ = new Subject<void>();
      const held$ = source.pipe(takeUntil(done$));
      return held$.pipe(
        exhaustMap((resource) => work(resource).pipe(tap({ complete: () => done$.next() }))),
      );
    });
