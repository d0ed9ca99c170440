import { type BehaviorSubject, Observable } from 'rxjs';

/**
 * Stands in a list for as long as it is subscribed to. Emits nothing, does not complete.
 *
 *     listed(a)   ^--------!
 *     listed(b)      ^--------!
 *     list$       a--ab----b--∅
 */
export function listed<T>(list$: BehaviorSubject<readonly T[]>, item: T): Observable<never> {
  return new Observable(() => {
    list$.next([...list$.value, item]);
    return () => list$.next(list$.value.filter((other) => other !== item));
  });
}
