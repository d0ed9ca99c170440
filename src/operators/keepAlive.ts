import {
  type MonoTypeOperatorFunction,
  type Observable,
  concat,
  takeUntil,
  throwError,
} from 'rxjs';
import type { BackoffOptions } from './backoffDelay.ts';
import { retryBackoff } from './retryBackoff.ts';

export interface KeepAliveOptions extends BackoffOptions {
  /** Ends the stream; only then may it end. */
  readonly stop$: Observable<unknown>;
  /** Told each time that the source errored or completed too early. */
  readonly onError: (error: unknown) => void;
  /** A number in [0, 1). Default `Math.random`. */
  readonly random?: () => number;
}

/**
 * Keeps a stream alive that is to last until `stop$`: where it errors or completes before, that is reported, and it is
 * subscribed again after a wait (exponential backoff with full jitter, anew after each value).
 *
 *     source     --a--#                  first subscription
 *                          --b|          second
 *                                 --c-   third
 *     stop$      ---------------------s
 *     onError         e      e
 *     result     --a---------b------c-|
 *
 * Put it directly on the source: at `stop$` the source is unsubscribed, and what stands behind flushes on completion.
 * Never errors, unless `onError` or `stop$` does.
 */
export function keepAlive<T>({
  stop$,
  onError,
  ...backoff
}: KeepAliveOptions): MonoTypeOperatorFunction<T> {
  const early$ = throwError(() => new Error('the stream ended although nothing had stopped it'));
  return (source) =>
    concat(source, early$).pipe(
      retryBackoff({ ...backoff, onRetry: (error) => onError(error) }),
      takeUntil(stop$),
    );
}
