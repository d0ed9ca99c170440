import { type MonoTypeOperatorFunction, of, tap } from 'rxjs';

/**
 * Tells `note` of each value and passes it on. Watching cannot break what is watched: where `note` throws, the value
 * passes on all the same, and the error goes where rxjs sends errors that nobody handles (`config.onUnhandledError`,
 * else an uncaught exception), so that the bug is not hidden either.
 */
export function see<T>(note: (value: T) => void): MonoTypeOperatorFunction<T> {
  return tap((value) => {
    // What a subscriber throws does not reach the stream.
    // eslint-disable-next-line rxjs-x/no-ignored-error -- of() never errors
    of(value).subscribe(note);
  });
}
