import { defineConfig } from 'vitest/config';
import { LongFirst } from './test/support/longFirst.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/globalSetup.ts'],
    sequence: { sequencer: LongFirst },
    // A machine with much to do is slow: only tests that fail take that long.
    testTimeout: 90_000,
    hookTimeout: 120_000,
    maxWorkers: 4,
  },
});
