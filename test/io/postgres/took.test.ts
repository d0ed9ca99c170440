import { describe, expect, it } from 'vitest';
import { eventually, openServer } from '../../support/openServer.ts';
import { withPostgres } from '../../support/postgres.ts';

const dev = withPostgres();
const connection = () => ({ host: dev().host, port: dev().port });

describe('what a read took', () => {
  it('is told once: the time of the statement, not that of its turn or connection', async () => {
    const { read } = openServer(connection());
    const told: number[] = [];
    const took = (ms: number): void => void told.push(ms);
    await Promise.all([
      read('SELECT pg_sleep(1)', { took, timeoutMs: 9_000 }),
      read('SELECT 1', { took, timeoutMs: 9_000 }),
      read('SELECT generate_series(1, 1000)', { took, batch: 100, timeoutMs: 9_000 }),
    ]);
    expect(told).toHaveLength(3);
    expect(told[0]).toBeGreaterThan(990);
    expect(Math.max(...told.slice(1))).toBeLessThan(990);
  });

  it('is told of what failed or was cancelled too, and not of what never ran', async () => {
    const { server, read } = openServer(connection());
    const told: number[] = [];
    const took = (ms: number): void => void told.push(ms);
    await expect(read('SELECT 1/0', { took })).rejects.toThrow('division');
    await expect(read('SELECT pg_sleep(5)', { took, timeoutMs: 200 })).rejects.toThrow('timeout');
    expect(told).toHaveLength(2);
    expect(told[1]).toBeGreaterThan(190);
    const query = { name: 'test/x', lane: 'fast', timeoutMs: 9_000, took } as const;
    const first = server.query({ ...query, sql: 'SELECT pg_sleep(9)' }).subscribe();
    const waits = server.query({ ...query, sql: 'SELECT 1' }).subscribe();
    await eventually(async () =>
      expect(
        await dev().sql(
          `SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(9)%' AND pid <> pg_backend_pid()`,
        ),
      ).toHaveLength(1),
    );
    waits.unsubscribe();
    first.unsubscribe();
    await eventually(() => expect(told).toHaveLength(3));
    await read('SELECT 1');
    expect(told).toHaveLength(3);
  });
});
