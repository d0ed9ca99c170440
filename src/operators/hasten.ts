import { type OperatorFunction, asyncScheduler, defer, exhaustMap, map, tap, timer } from 'rxjs';

export interface HastenOptions {
  /** How long after a value, in ms: what belongs to it has time to come as well. */
  readonly withinMs: number;
  /** The least time between two emissions, in ms; it counts more than `withinMs`. */
  readonly everyMs: number;
}

/**
 * Emits soon after a value, once for all that came meanwhile, and never too often.
 *
 *     source     -a-b------c---d----e------
 *     withinMs    --        --
 *     everyMs      -----      -----
 *     result     ---x--------x------x--       d and e: one emission, five after the last
 *
 * Errors with the source at once; completes with it, after what is due.
 */
export function hasten({ withinMs, everyMs }: HastenOptions): OperatorFunction<unknown, void> {
  return (source) =>
    defer(() => {
      let last = -Infinity;
      // A clock that was set back must not make anything wait longer than the interval.
      const waitMs = (): number =>
        Math.max(withinMs, Math.min(everyMs, last + everyMs - asyncScheduler.now()));
      return source.pipe(
        exhaustMap(() => timer(waitMs())),
        tap(() => (last = asyncScheduler.now())),
        map(() => undefined),
      );
    });
}
