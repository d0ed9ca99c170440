import { type Observable, concatMap, of, take } from 'rxjs';

export interface RefreshTokenOptions<T, R> {
  /** The newest token at once. Tokens are compared with `Object.is`. */
  readonly token$: Observable<T>;
  /** Renews a token that was refused; its first value is sent. For one refresh at a time pass a `singleFlight`. */
  readonly refresh: (stale: T) => Observable<T>;
  /** Whether the reply says that the token is no longer good. */
  readonly refused: (reply: R) => boolean;
}

/**
 * Sends with the newest token; where the reply says that the token is refused, renews it and sends the same once more.
 *
 *     token$     s---------------       s = stale, f = fresh
 *     work(s)    ---x|                  x = refused
 *     refresh(s)    ----f|
 *     work(f)           ---r|
 *     result     ----------r|
 *
 * Where `token$` has a newer token by then, that one is sent without a refresh: who comes late to a refusal does not
 * renew twice. A second refusal is emitted as it is. Errors of work and refresh pass through.
 */
export function refreshToken<T, R>(
  { token$, refresh, refused }: RefreshTokenOptions<T, R>,
  work: (token: T) => Observable<R>,
): Observable<R> {
  const newest$ = token$.pipe(take(1));
  function renewed(used: T): Observable<T> {
    return newest$.pipe(
      concatMap((newest) => (Object.is(newest, used) ? refresh(used) : of(newest))),
      take(1),
    );
  }
  return newest$.pipe(
    concatMap((token) =>
      work(token).pipe(
        concatMap((reply) => (refused(reply) ? renewed(token).pipe(concatMap(work)) : of(reply))),
      ),
    ),
  );
}
