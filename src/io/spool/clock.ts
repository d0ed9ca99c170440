import { performance } from 'node:perf_hooks';

/** Time, as the spool needs it. */
export interface Clock {
  /** The wall clock, ms since 1970. */
  readonly now: () => number;
  /** Counts up evenly, in ms. */
  readonly monotonic: () => number;
  /** Resolves later; does not keep the process alive. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** The process' own clocks. */
export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms) =>
    new Promise((resolve) => {
      setTimeout(resolve, ms).unref();
    }),
};
