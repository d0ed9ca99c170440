import {
  EMPTY,
  NEVER,
  type Observable,
  type OperatorFunction,
  type SchedulerLike,
  Subject,
  asyncScheduler,
  catchError,
  concat,
  defer,
  endWith,
  filter,
  ignoreElements,
  merge,
  mergeMap,
  switchMap,
  takeUntil,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { type WindowLimits, WindowQueue } from './windowQueue.ts';

export type { WindowLimits } from './windowQueue.ts';

export interface BufferWindowOptions<T> {
  /** The newest limits count, for what waits too. Nothing is written before the first. */
  readonly limits$: Observable<WindowLimits>;
  /** The size of a value; asked once. */
  readonly bytes: (value: T) => number;
  /** Whether a value goes into the window of the next one, which comes at once. Default: none does. */
  readonly withNext?: (value: T) => boolean;
  /** Told of the values that were dropped. */
  readonly onDrop: (dropped: readonly T[]) => void;
  /** Closes the window now: all that waits is written. */
  readonly flush$?: Observable<unknown>;
}

/**
 * Collects values into windows and hands each window to `write`, one at a time; emits what `write` emits.
 *
 *     source     --a-b-------c--d----e--|
 *     maxAge       -----|    -----|  ---|
 *     write             [ab]-x|   [cd]-y|
 *                                       [e]-z|
 *     result     ------------x---------y----z|
 *
 * A window opens with its oldest value and closes on age, before a value that would exceed `maxBytes`, on `maxCount`, on
 * `flush$`, on completion and on error (which is passed on when all has been written).
 *
 * What comes while a window is written waits, up to `capacityBytes`; above, the oldest goes to `onDrop`, and so does a
 * value that is larger than all of it. The window that is being written counts no longer. Before the first limits 16 MiB
 * may wait. `maxBytes` above `capacityBytes` counts as `capacityBytes`.
 *
 * An error of `write`, `limits$`, `flush$` or `onDrop` errors the result at once, and what waits is lost: `write` handles
 * what it can. `bytes` throwing counts as an error of the source. Unsubscribing cancels the write.
 */
export function bufferWindow<T, R>(
  { limits$, bytes, withNext = () => false, onDrop, flush$ = NEVER }: BufferWindowOptions<T>,
  write: (window: readonly T[]) => Observable<R>,
  scheduler: SchedulerLike = asyncScheduler,
): OperatorFunction<T, R> {
  return (source) =>
    defer(() => {
      const queue = new WindowQueue<T>();
      const window$ = new Subject<readonly T[]>();
      const wait$ = new Subject<number>();
      let state: 'idle' | 'armed' | 'writing' = 'idle';
      let pumping = false;
      let end$: Observable<never> | undefined;

      const pump = (): void => {
        if (pumping) return;
        pumping = true;
        // A loop, and entered once: a write that completes at once must not recurse.
        while (
          state !== 'writing' &&
          (queue.ready(scheduler.now()) || (end$ && queue.length > 0))
        ) {
          if (state === 'armed') wait$.next(Infinity);
          state = 'writing';
          window$.next(queue.take(withNext));
        }
        pumping = false;
        if (queue.overfull) onDrop(queue.trim());
        if (state === 'writing') return;
        if (end$) window$.complete();
        else if (state === 'idle' && queue.length > 0) {
          state = 'armed';
          wait$.next(queue.waitMs(scheduler.now()));
        }
      };
      const accept = (value: T): void => {
        const size = bytes(value);
        if (queue.fits(size)) {
          queue.push(value, size, scheduler.now());
          // Otherwise the timer or the write that runs will see to it.
          if (!withNext(value) && (state === 'idle' || queue.full || queue.overfull)) pump();
        } else onDrop([value]);
      };
      const release = (count?: number): void => {
        queue.release(count);
        pump();
      };
      const adopt = (limits: WindowLimits): void => {
        queue.limits = limits;
        if (state === 'armed') {
          state = 'idle';
          wait$.next(Infinity);
        }
        pump();
      };
      const end = (outcome: Observable<never>): void => {
        end$ = outcome;
        pump();
      };

      const written$ = window$.pipe(
        mergeMap((window) =>
          concat(
            defer(() => write(window)),
            defer(() => {
              state = 'idle';
              pump();
              return EMPTY;
            }),
          ),
        ),
      );
      const age$ = wait$.pipe(
        switchMap((ms) => (ms === Infinity ? NEVER : timer(ms, scheduler))),
        tap(() => release(1)),
      );
      const control$ = merge(age$, limits$.pipe(tap(adopt)), flush$.pipe(tap(() => release())));
      const accepted$ = source.pipe(
        // Values go no further than here: each layer that they do not pass is a fifth of what they cost.
        filter((value) => {
          accept(value);
          return false;
        }),
        tap({ complete: () => end(EMPTY) }),
        catchError((error: unknown) => {
          end(throwError(() => error as Error));
          return EMPTY;
        }),
      );
      const done$ = window$.pipe(ignoreElements(), endWith(undefined));
      return concat(
        merge(written$, merge(control$.pipe(takeUntil(done$)), accepted$).pipe(ignoreElements())),
        defer(() => end$ ?? EMPTY),
      );
    });
}
