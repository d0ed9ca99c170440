import { type Observable, ReplaySubject, defer, share, tap } from 'rxjs';

/**
 * Makes work of which at most one is in flight per key: who asks for a key meanwhile waits for the same result.
 *
 *     ask 1      ^---------
 *     ask 2        ^-------
 *     work       -----r|          one subscription
 *     result 1   -----r|
 *     result 2     ---r|
 *
 * For requests: all values of a flight are kept until it ends, for those who join late. An error reaches all who wait;
 * who asks afterwards starts anew. The flight is cancelled when the last who waits unsubscribes. The flights are kept by
 * the function returned: make it where they are to be shared, and as often as they are not.
 */
export function singleFlight<K, T>(work: (key: K) => Observable<T>): (key: K) => Observable<T> {
  const flights = new Map<K, Observable<T>>();
  return (key) =>
    defer(() => {
      const flying$ = flights.get(key);
      if (flying$ !== undefined) return flying$;
      // Before those who wait are told: one of them may ask again at once.
      const land = (): void => {
        if (flights.get(key) === flight$) flights.delete(key);
      };
      const flight$: Observable<T> = defer(() => work(key)).pipe(
        tap({ complete: land, error: land, unsubscribe: land }),
        share({ connector: () => new ReplaySubject<T>(Infinity) }),
      );
      flights.set(key, flight$);
      return flight$;
    });
}
