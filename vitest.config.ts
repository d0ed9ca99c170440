import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/globalSetup.ts'],
    // A machine with much to do is slow: only tests that fail take that long.
    testTimeout: 90_000,
    hookTimeout: 120_000,
    maxWorkers: 4,
  },
});
