import { performance } from 'node:perf_hooks';

/** Time, as the spool needs it. */
export interface Clock {
  /** The wall clock, ms since 1970. */
  readonly now: () => number;
  /** Counts up evenly, in ms. */
  readonly monotonic: () => number;
  /** Calls again and again, until what it returns is called; does not keep the process alive. */
  readonly every: (ms: number, work: () => void) => () => void;
  /** Resolves later; does not keep the process alive. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** The process' own clocks. */
export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  every: (ms, work) => {
    const timer = setInterval(work, ms).unref();
    return () => clearInterval(timer);
  },
  sleep: (ms) =>
    new Promise((resolve) => {
      setTimeout(resolve, ms).unref();
    }),
};
