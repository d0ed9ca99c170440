import { afterAll, beforeAll } from 'vitest';
import { type DevPostgres, type PostgresOptions, startPostgres } from '../../dev/postgres.ts';

/**
 * One server for all tests of a file or `describe`: started before them, removed after them. The answer is a function,
 * because the server exists only while tests run.
 */
export function withPostgres(options?: PostgresOptions): () => DevPostgres {
  let server: DevPostgres | undefined;
  beforeAll(async () => {
    server = await startPostgres(options);
  });
  afterAll(() => server?.stop());
  return () => {
    if (!server) throw new Error('The server runs only while tests run.');
    return server;
  };
}
