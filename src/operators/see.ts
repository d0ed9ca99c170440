import { type MonoTypeOperatorFunction, map } from 'rxjs';
import { reportUnhandled } from './reportUnhandled.ts';

/**
 * Tells `note` of each value, then passes it on.
 *
 *     source   --a--b--#
 *     note       a  b          throws at b
 *     result   --a--b--#
 *
 * Watching cannot break what is watched: where `note` throws, the value passes on all the same, and the error goes
 * where rxjs sends errors that nobody handles (`config.onUnhandledError`, else an uncaught exception), so that the
 * bug is not hidden either.
 */
export function see<T>(note: (value: T) => void): MonoTypeOperatorFunction<T> {
  return map((value) => {
    try {
      note(value);
    } catch (error) {
      reportUnhandled(error);
    }
    return value;
  });
}
