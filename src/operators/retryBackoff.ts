import {
  EMPTY,
  type MonoTypeOperatorFunction,
  NEVER,
  type Observable,
  defer,
  filter,
  merge,
  retry,
  take,
  throwError,
  timer,
} from 'rxjs';
import { backoffDelay, type BackoffOptions } from './backoffDelay.ts';

export interface RetryBackoffOptions extends BackoffOptions {
  /** Whether the error is worth another attempt. Default: always. */
  readonly shouldRetry?: (error: unknown) => boolean;
  /** The wait in ms that the error itself asks for (`Retry-After`), capped by the caller; undefined: backoff. */
  readonly delayMs?: (error: unknown) => number | undefined;
  /** Ends a wait at once. What it replays on subscription is no news and ends nothing. */
  readonly wake$?: Observable<unknown>;
  /** Told before each wait: the error, how many attempts have failed since the last value, the wait in ms. */
  readonly onRetry?: (error: unknown, attempt: number, delayMs: number) => void;
  /** A number in [0, 1). Default `Math.random`. */
  readonly random?: () => number;
}

/**
 * Subscribes again to a source that errored, after a wait that grows; for ever, unless `shouldRetry` says no.
 *
 *     source     --#                 first attempt
 *                      --#           second
 *                             --a|   third
 *     wait         ----  -----
 *     result     ---------------a|
 *
 * A value starts the count anew. Always waits on a timer, so a source that fails synchronously cannot exhaust the stack.
 * Errors with the source's error where `shouldRetry` says no, and with what a callback throws.
 */
export function retryBackoff<T>({
  initialMs,
  maxMs,
  shouldRetry = () => true,
  delayMs = () => undefined,
  wake$ = NEVER,
  onRetry,
  random,
}: RetryBackoffOptions): MonoTypeOperatorFunction<T> {
  const longestMs = 2 ** 31 - 1;
  function wait(error: unknown, attempt: number): Observable<unknown> {
    if (!shouldRetry(error)) return throwError(() => error as Error);
    const asked = delayMs(error);
    const ms =
      asked !== undefined && asked >= 0
        ? Math.min(asked, longestMs)
        : backoffDelay(attempt, { initialMs, maxMs }, random);
    onRetry?.(error, attempt, ms);
    return merge(timer(ms), news(wake$)).pipe(take(1));
  }
  return retry({ delay: wait, resetOnSuccess: true });
}

/** What comes after the subscription, not what is replayed during it. */
function news(wake$: Observable<unknown>): Observable<unknown> {
  return defer(() => {
    let replayed = false;
    const end$ = defer(() => {
      replayed = true;
      return EMPTY;
    });
    return merge(wake$.pipe(filter(() => replayed)), end$);
  });
}
