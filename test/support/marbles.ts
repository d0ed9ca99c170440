import type { RunHelpers } from 'rxjs/testing';
import { TestScheduler } from 'rxjs/testing';
import { expect } from 'vitest';

/** Runs a test in virtual time; marbles are compared strictly. */
export const marbles = (test: (helpers: RunHelpers) => void) => () => {
  new TestScheduler((actual, expected) => {
    expect(actual).toStrictEqual(expected);
  }).run(test);
};
