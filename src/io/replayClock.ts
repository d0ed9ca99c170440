import { Observable, VirtualTimeScheduler, asyncScheduler } from 'rxjs';

export interface ReplayClockOptions {
  /** What the clock says at the start, ms since 1970. */
  readonly startedAt: number;
  /** How many times as fast as real time it goes; `Infinity`: everything at once, in the order of time. */
  readonly speed: number;
  /** From then on it goes as fast as real time, ms since 1970. Default: never. */
  readonly realFrom?: number;
}

/** How often real time is followed, in ms. */
const STEP_MS = 5;

/**
 * Runs a stream on a clock of its own: while it is subscribed, `asyncScheduler`, from which all our code takes time, stands
 * for a virtual scheduler that begins at `startedAt`. Nothing else may use `asyncScheduler` meanwhile: one replay a process.
 *
 *     virtual   |0 . . . 10 s . . . 20 s      what the stream sees, at any speed
 *     speed 10  |0 . . . 1 s  . . . 2 s       real time
 *     Infinity  |0                            done before `subscribe` returns
 *
 * With `Infinity` the work must be free of real input and output: a promise would only be settled when all is over. Then
 * equal input gives equal output, byte for byte. At finite speeds what really waits is waited for.
 *
 * Errors with what an action on the scheduler throws. Ends with the stream; where its timers run out before, it goes on
 * waiting, or with `Infinity` completes.
 */
export function onReplayClock<T>(
  source: Observable<T>,
  { startedAt, speed, realFrom = Infinity }: ReplayClockOptions,
): Observable<T> {
  return new Observable((subscriber) => {
    const virtual = new VirtualTimeScheduler();
    virtual.frame = startedAt;
    const { now } = asyncScheduler;
    asyncScheduler.now = () => virtual.frame;
    asyncScheduler.schedule = (work, delay, state) => virtual.schedule(work, delay, state);
    const begun = performance.now();
    const advance = (): void => {
      try {
        const passedMs = performance.now() - begun;
        const fast = startedAt + passedMs * speed;
        // The time that is left behind `realFrom` passes once.
        const real = realFrom + passedMs - (realFrom - startedAt) / speed;
        virtual.maxFrames = fast <= realFrom ? fast : real;
        virtual.flush();
        // What comes in from outside between two actions sees the time that it is.
        if (speed !== Infinity) virtual.frame = Math.floor(virtual.maxFrames);
      } catch (error) {
        subscriber.error(error);
      }
    };
    const timer = speed === Infinity ? undefined : setInterval(advance, STEP_MS);
    subscriber.add(() => {
      clearInterval(timer);
      asyncScheduler.now = now;
      // The prototype's method is seen again.
      Reflect.deleteProperty(asyncScheduler, 'schedule');
    });
    subscriber.add(source.subscribe(subscriber));
    if (speed === Infinity && !subscriber.closed) {
      advance();
      subscriber.complete();
    }
  });
}
