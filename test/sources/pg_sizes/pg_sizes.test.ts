import { beforeAll, describe, expect, it } from 'vitest';
import { pgSizes } from '../../../src/sources/pg_sizes/pg_sizes.ts';
import { withPostgres } from '../../support/postgres.ts';
import { type Reading, readUntil, rowsOf } from '../../support/readings.ts';

const server = withPostgres({ settings: { autovacuum: 'off' } });
const some = ({ metrics, troubles }: Reading) => metrics.length + troubles.length > 0;
const read = (user: string) => readUntil(pgSizes, server(), { connection: { user } }, some);
const named = ({ metrics }: Reading, list: string, name: string) =>
  rowsOf(metrics[0], list).find((row) => row['name'] === name);

describe('pg_sizes', () => {
  beforeAll(async () => {
    await server().sql('CREATE ROLE watcher LOGIN IN ROLE pg_monitor; CREATE ROLE nobody LOGIN');
    await server().sql('CREATE DATABASE hidden');
    await server().sql('CREATE DATABASE broken');
    await server().sql(`REVOKE CONNECT ON DATABASE hidden FROM PUBLIC;
      UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'broken'`);
  });

  it('says as pg_monitor what the functions say', async () => {
    const reading = await read('watcher');
    expect(reading.troubles).toStrictEqual([]);
    const [real] = await server().sql(`SELECT pg_database_size('hidden')::int AS hidden,
      pg_tablespace_size('pg_default')::int AS space, (SELECT sum(size)::int FROM pg_ls_waldir()) AS wal,
      (SELECT count(*)::int FROM pg_ls_waldir()) AS files`);
    expect(named(reading, 'databases', 'hidden')).toStrictEqual({
      name: 'hidden',
      tablespace: 'pg_default',
      bytes: real!['hidden'],
    });
    expect(named(reading, 'databases', 'template0')?.['bytes']).toBeGreaterThan(1e6);
    expect(named(reading, 'tablespaces', 'pg_default')).toMatchObject({ bytes: real!['space'] });
    expect(reading.metrics[0]!['wal']).toStrictEqual({
      bytes: real!['wal'],
      files: real!['files'],
    });
  });

  it('counts temporary files while a query writes them', async () => {
    const client = await server().connect();
    try {
      await client.query(
        `SET work_mem = '64kB'; BEGIN; DECLARE c CURSOR FOR SELECT g FROM generate_series(1, 200000) g ORDER BY -g; FETCH 1 FROM c`,
      );
      const place = named(await read('watcher'), 'tablespaces', 'pg_default');
      expect(place?.['temporary_files']).toBeGreaterThan(0);
      expect(place?.['temporary_bytes']).toBeGreaterThan(1e6);
    } finally {
      await client.end();
    }
    expect(named(await read('watcher'), 'tablespaces', 'pg_global')).toMatchObject({
      temporary_files: null,
    });
  });

  it('is null where a size may not or cannot be read, and so is their sum', async () => {
    const reading = await read('nobody');
    expect(reading.troubles).toStrictEqual([]);
    expect(named(reading, 'databases', 'hidden')).toMatchObject({ bytes: null });
    expect(named(reading, 'databases', 'broken')).toMatchObject({ bytes: null });
    expect(named(reading, 'databases', 'postgres')?.['bytes']).toBeGreaterThan(1e6);
    expect(reading.metrics[0]).toMatchObject({
      databases_bytes: null,
      wal: { bytes: null, files: null },
    });
    expect(named(reading, 'tablespaces', 'pg_default')).toMatchObject({
      bytes: expect.any(Number) as number,
      temporary_bytes: null,
    });
    expect(named(reading, 'tablespaces', 'pg_global')).toMatchObject({ bytes: null });
  });

  it('adds the databases up where all are known', async () => {
    await server().sql('UPDATE pg_database SET datconnlimit = -1 WHERE datname = $$broken$$');
    const { metrics } = await read('watcher');
    const sum = rowsOf(metrics[0], 'databases').reduce((all, { bytes }) => all + Number(bytes), 0);
    expect(metrics[0]!['databases_bytes']).toBe(sum);
  });
});
