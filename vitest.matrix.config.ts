import { defineConfig } from 'vitest/config';

/** The version matrix: every source against PostgreSQL 13 to 18. Needs `npm ci --prefix test/matrix`. */
export default defineConfig({
  test: {
    include: ['test/matrix/**/*.matrix.ts'],
    exclude: ['**/node_modules/**'],
    globalSetup: ['test/support/globalSetup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
