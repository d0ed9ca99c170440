import { beforeAll, describe, expect, it } from 'vitest';
import { pgSequences } from '../../../src/sources/pg_sequences/pg_sequences.ts';
import { withPostgres } from '../../support/postgres.ts';
import { type Reading, readUntil, rowsOf } from '../../support/readings.ts';

const server = withPostgres();
const some = ({ metrics, troubles }: Reading) => metrics.length + troubles.length > 0;
const named = ({ metrics }: Reading, name: string) =>
  rowsOf(metrics[0], 'sequences').find((row) => row['name'] === name);

describe('pg_sequences', () => {
  beforeAll(() =>
    server().sql(`CREATE ROLE nobody LOGIN; CREATE EXTENSION pg_stat_statements;
      CREATE TABLE orders (id serial, small smallserial, own int GENERATED ALWAYS AS IDENTITY (MAXVALUE 200));
      CREATE SEQUENCE wide; CREATE TABLE narrow (id int DEFAULT nextval('wide'));
      CREATE SEQUENCE down INCREMENT -10 MINVALUE -1000 MAXVALUE -1 START -1;
      CREATE SEQUENCE unused; CREATE SEQUENCE huge MINVALUE -9223372036854775808; CREATE TEMP SEQUENCE mine;
      SELECT setval('orders_small_seq', 16384), setval('wide', 2147483647 / 2), setval('down', -501),
        setval('huge', 9223372036854775807), setval('orders_own_seq', 200)`),
  );

  it('says how full each is, against the column behind it', async () => {
    const reading = await readUntil(pgSequences, server(), {}, some);
    expect(reading.troubles).toStrictEqual([]);
    expect(named(reading, 'orders_small_seq')).toMatchObject({
      type: 'smallint',
      last_value: 16_384,
      table: 'public.orders',
      column: 'small',
      column_type: 'smallint',
      limit: 32_767,
      remaining: 16_383,
      used_ratio: 0.5,
      unavailable: null,
    });
    expect(named(reading, 'orders_own_seq')).toMatchObject({
      limit: 200,
      remaining: 0,
      used_ratio: 1,
    });
    // The sequence has room; the column that takes its values has less.
    expect(named(reading, 'wide')).toMatchObject({
      type: 'bigint',
      max_value: '9223372036854775807',
      table: 'public.narrow',
      column_type: 'integer',
      limit: 2_147_483_647,
      used_ratio: 0.5,
    });
    expect(named(reading, 'down')).toMatchObject({
      increment: -10,
      limit: -1000,
      remaining: 49,
      used_ratio: 0.500501,
    });
    expect(named(reading, 'huge')).toMatchObject({
      last_value: '9223372036854775807',
      table: null,
      remaining: 0,
      used_ratio: 1,
    });
    expect(named(reading, 'unused')).toMatchObject({
      last_value: null,
      remaining: null,
      used_ratio: null,
      unavailable: null,
    });
    const names = rowsOf(reading.metrics[0], 'sequences').map(({ name }) => name);
    expect(names).not.toContain('mine');
    expect(names.slice(0, 2).sort()).toStrictEqual(['huge', 'orders_own_seq']);
    expect(reading.metrics[0]).toMatchObject({
      sequences_total: 7,
      unavailable_total: 0,
      skipped: 0,
    });
  });

  it('says what is missing to a role without the right, and reads what it was granted', async () => {
    await server().sql('GRANT SELECT ON wide TO nobody');
    const reading = await readUntil(
      pgSequences,
      server(),
      { connection: { user: 'nobody' } },
      some,
    );
    expect(reading.troubles).toStrictEqual([]);
    expect(named(reading, 'wide')).toMatchObject({ used_ratio: 0.5, unavailable: null });
    expect(named(reading, 'huge')).toMatchObject({ last_value: null, unavailable: 'privilege' });
    expect(reading.metrics[0]).toMatchObject({ unavailable_total: 6 });
  });

  it('goes round a locked sequence, and lists the fullest', async () => {
    const blocker = await server().connect();
    try {
      await blocker.query(
        'BEGIN; ALTER SEQUENCE huge OWNED BY NONE; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE',
      );
      await blocker.query('DROP SEQUENCE huge');
      const settings = { max_sequences: 1 };
      const reading = await readUntil(pgSequences, server(), { settings }, some);
      expect(reading.troubles).toStrictEqual([]);
      expect(rowsOf(reading.metrics[0], 'sequences').map(({ name }) => name)).toStrictEqual([
        'orders_own_seq',
      ]);
      expect(reading.metrics[0]).toMatchObject({ skipped: 1, truncated: true, total: 7 });
    } finally {
      await blocker.end();
    }
  });
});
