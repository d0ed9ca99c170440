import { setFlagsFromString } from 'node:v8';

/** How V8 weighs memory against speed, for the whole process. */
export interface EnginePace {
  /** From now on memory counts more, and machine code is made only of what runs much. */
  readonly thrift: () => void;
  /**
   * Speed counts more for the next second or two, by when this is asked for again as long as there is much to do. Without
   * `thrift` before it there is nothing to change.
   */
  readonly hurry: () => void;
}

/**
 * Chosen for an agent, which works for a moment every few seconds: what the compiler takes for all that is a little warm, a
 * fifth of its CPU and some megabytes, is not earned back. What is really hot gets its machine code milliseconds later.
 *
 * Given at the start of the process, `--optimize-for-size` would also halve the young generation for good, whatever
 * `--max-semi-space-size` says; and while it holds, whatever survives one collection is made old. Nor is anything made old at
 * once because much of its kind survived: metrics live for some collections and no longer.
 */
const thrifty = [
  '--no-allocation-site-pretenuring',
  '--optimize-for-size',
  '--semi-space-growth-factor=1',
  '--heap-growing-percent=0',
  '--incremental-marking-hard-trigger=0',
];
/** A hurry grows the old generation little: all of the agent stays below 100 MB while a log is sent in full. */
const hurried = [
  '--no-optimize-for-size',
  '--semi-space-growth-factor=2',
  '--heap-growing-percent=10',
  '--incremental-marking-hard-trigger=50',
];

/**
 * Bytes of bytecode that a function runs before V8 thinks of machine code for it: some 15 times the default, and that. In the
 * V8 of Node 20 only: later ones count calls instead, have a cheaper compiler in between, and refuse the option.
 */
const lateBudget = '--interrupt-budget=1000000';
const usualBudget = '--interrupt-budget=67584';

/** So long speed counts more, in ms. */
const hurryMs = 1000;

/** @param set - Sets an option of V8. */
export function paceOf(set: (option: string) => void, version: string): EnginePace {
  const hasBudget = version.startsWith('11.');
  let known = false;
  let asked = false;
  let timer: ReturnType<typeof setInterval> | undefined;
  const setAll = (options: readonly string[], budget: string): void => {
    for (const option of options) set(option);
    if (hasBudget) set(budget);
  };
  return {
    thrift: () => {
      known = true;
      setAll(thrifty, lateBudget);
    },
    hurry: () => {
      if (!known) return;
      asked = true;
      if (timer !== undefined) return;
      setAll(hurried, usualBudget);
      timer = setInterval(() => {
        if (!asked) {
          clearInterval(timer);
          timer = undefined;
          setAll(thrifty, lateBudget);
        }
        asked = false;
      }, hurryMs).unref();
    },
  };
}

/** The pace of this process. */
export const enginePace = paceOf(setFlagsFromString, process.versions.v8);
