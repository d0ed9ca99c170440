import { beforeAll, describe, expect, it } from 'vitest';
import { pgFunctions } from '../../src/sources/pg_functions.ts';
import { withPostgres } from '../support/postgres.ts';
import { type Reading, readUntil, rowsOf } from '../support/readings.ts';

const server = withPostgres();
const some = ({ metrics, troubles }: Reading) => metrics.length + troubles.length > 0;

describe('pg_functions', () => {
  beforeAll(() =>
    server().sql(`CREATE ROLE nobody LOGIN; CREATE EXTENSION pg_stat_statements;
      CREATE FUNCTION slow(a int) RETURNS void LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.02); END';
      CREATE FUNCTION slow(a text) RETURNS void LANGUAGE plpgsql AS 'BEGIN PERFORM slow(1); END'`),
  );

  it('is null where nothing is counted, and enters no database for that', async () => {
    const { metrics, troubles } = await readUntil(pgFunctions, server(), {}, some);
    expect(troubles).toStrictEqual([]);
    expect(metrics[0]).toMatchObject({
      track_functions: 'none',
      functions: null,
      functions_total: null,
    });
  });

  it('has the counters of each function, also where only a database counts them', async () => {
    await server().sql("ALTER DATABASE postgres SET track_functions = 'all'");
    await server().sql(`SELECT slow('a'), slow(1)`);
    await server().sql('SELECT pg_stat_force_next_flush()');
    const connection = { user: 'nobody' };
    const { metrics, troubles } = await readUntil(pgFunctions, server(), { connection }, some);
    expect(troubles).toStrictEqual([]);
    const view = await server().sql('SELECT * FROM pg_stat_user_functions');
    const functions = rowsOf(metrics[0], 'functions');
    expect(functions.map(({ arguments: types, calls }) => [types, calls]).sort()).toStrictEqual([
      ['a integer', 2],
      ['a text', 1],
    ]);
    const total = view.reduce((all, { total_time }) => all + Number(total_time), 0);
    const told = functions.reduce((all, { total_time_ms }) => all + Number(total_time_ms), 0);
    expect(told).toBeCloseTo(total);
    const outer = functions.find((row) => row['arguments'] === 'a text');
    expect(outer?.['self_time_ms']).toBeLessThan(Number(outer?.['total_time_ms']));
  });

  it('cuts the list loudly', async () => {
    const settings = { max_functions: 1 };
    const { metrics } = await readUntil(pgFunctions, server(), { settings }, some);
    expect(rowsOf(metrics[0], 'functions')).toHaveLength(1);
    expect(metrics[0]).toMatchObject({ truncated: true, total: 2, functions_total: 2 });
  });
});
