import { defineConfig } from 'vitest/config';

/** The properties with many more cases than usual, to find what the few of each run miss. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/manyCases.ts'],
    globalSetup: ['test/support/globalSetup.ts'],
    testTimeout: 600_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
