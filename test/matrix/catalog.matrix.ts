import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DevPostgres } from '../../dev/postgres.ts';
import { startStandby } from '../../dev/postgres/standby.ts';
import { registry } from '../../src/sources/registry.ts';
import type { ServerSource } from '../../src/sources/source.ts';
import { withPostgres } from '../support/postgres.ts';
import { type Fields, rowsOf } from '../support/readings.ts';
import { eachVersion, majors } from './eachVersion.ts';
import { type Watch, watch } from './watch.ts';
import { complaints, counted, roles, watchedSettings } from './watchedServer.ts';

const types = [
  'pg_vacuum',
  'pg_cache',
  'pg_settings',
  'pg_extensions',
  'pg_functions',
  'pg_sizes',
  'pg_sequences',
  'pg_schema',
  'pg_bloat',
];
/** What a standby does not have. */
const primaryOnly = new Set(['pg_vacuum']);
const sources: readonly ServerSource[] = registry.filter(
  (source) => source.scope === 'server' && types.includes(source.type),
) as readonly ServerSource[];

/** Some of everything that the sources read. */
const shop = `CREATE TABLE orders (id serial PRIMARY KEY, note text, kind int);
  CREATE INDEX by_kind ON orders (kind) WHERE kind > 1; CREATE INDEX by_kind2 ON orders (kind) WHERE kind > 1;
  INSERT INTO orders (note, kind) SELECT repeat(md5(g::text), 20), g % 3 FROM generate_series(1, 1000) g;
  ANALYZE orders; DELETE FROM orders WHERE id > 500;
  CREATE FUNCTION twice(a int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 2 * a; END';
  CREATE VIEW few AS SELECT id FROM orders WHERE kind = 2;
  GRANT SELECT (starelid, staattnum, stainherit, stanullfrac, stawidth) ON pg_statistic TO watcher;
  SET track_functions = 'all'; SELECT twice(1), twice(2)`;

const named = (rows: readonly Fields[], name: string): Fields | undefined =>
  rows.find((row) => row['name'] === name);

eachVersion(majors, ({ major, options }) => {
  const settings = {
    ...watchedSettings,
    autovacuum: 'off',
    work_mem: '5MB',
    archive_command: 'cp %p secret',
    track_functions: 'pl',
    ...(major >= 18 && { autovacuum_vacuum_max_threshold: 100 }),
  };
  const server = withPostgres({ ...options, settings });
  let standby: DevPostgres | undefined;
  beforeAll(async () => {
    await server().sql(`CREATE EXTENSION pg_stat_statements; ${roles}`);
    await server().sql('CREATE DATABASE shop');
    await server().sql(shop, 'shop');
    if (major >= 16) await server().sql('CREATE EXTENSION pg_buffercache', 'shop');
    await counted(server(), 'orders', 'shop');
    standby = await startStandby(server(), { settings: { ...settings, hot_standby: 'on' } });
  });
  afterAll(() => standby?.stop());

  /** Runs the sources until each has said something of the database. */
  async function seen(on: DevPostgres, user: string, but: ReadonlySet<string>): Promise<Watch> {
    const reading = watch(on, { connection: { user, databases: ['shop'] }, sources });
    await reading.until(() => {
      const missing = types.filter((type) => !but.has(type) && reading.count(type) === 0);
      expect({ missing, troubles: reading.troubles }).toStrictEqual({ missing: [], troubles: [] });
    });
    await reading.stop();
    return reading;
  }

  describe.each(['watcher', 'nobody'])('as the role %s', (user) => {
    it('every source says what it may see, without trouble', async () => {
      const { newest, metrics } = await seen(server(), user, new Set());
      const monitor = user === 'watcher';

      const vacuum = named(rowsOf(newest('pg_vacuum'), 'tables'), 'orders');
      expect(vacuum).toMatchObject({
        dead_tuples: 500,
        vacuum_threshold: major >= 18 ? 100 : 250,
        insert_threshold: 1200,
        analyze_threshold: 150,
        freeze_max_age: 200_000_000,
        next: 'vacuum_and_analyze',
        reason: 'dead_tuples',
        prevented_by: 'autovacuum',
        running: monitor ? false : null,
      });

      const listed = rowsOf(newest('pg_settings'), 'settings');
      expect(named(listed, 'work_mem')).toMatchObject({ value: '5120', default: '4096' });
      expect(named(listed, 'archive_command')?.['value'] ?? null).toBeNull();
      expect(JSON.stringify(newest('pg_settings'))).not.toContain('secret');

      expect(rowsOf(newest('pg_extensions'), 'extensions').map(({ name }) => name)).toContain(
        'plpgsql',
      );
      expect(named(rowsOf(newest('pg_functions'), 'functions'), 'twice')).toMatchObject({
        arguments: 'a integer',
        calls: 2,
      });
      expect(rowsOf(newest('pg_sequences'), 'sequences')).toMatchObject([
        {
          name: 'orders_id_seq',
          table: 'public.orders',
          column_type: 'integer',
          limit: 2_147_483_647,
          last_value: null,
          unavailable: 'privilege',
        },
      ]);

      // The first one has all definitions, each later one what changed since.
      const schema = metrics.find(({ type }) => type === 'pg_schema');
      expect(rowsOf(schema, 'tables').map(({ name }) => name)).toStrictEqual(
        expect.arrayContaining(['orders', 'few']),
      );
      expect(rowsOf(schema, 'index_findings')).toMatchObject([
        { kind: 'duplicate', name: 'by_kind2', duplicate_of: 'by_kind' },
      ]);
      const bloat = newest('pg_bloat');
      expect(bloat?.['unavailable']).toBe(monitor ? null : 'privilege');
      if (monitor) {
        expect(named(rowsOf(bloat, 'tables'), 'orders')?.['bytes']).toBeGreaterThan(500_000);
        expect(named(rowsOf(bloat, 'indexes'), 'orders_pkey')?.['bytes']).toBeGreaterThan(0);
      } else expect(bloat?.['tables']).toBeNull();

      const sizes = newest('pg_sizes');
      expect(named(rowsOf(sizes, 'databases'), 'shop')?.['bytes']).toBeGreaterThan(1e6);
      expect((sizes?.['wal'] as Fields)['files'] !== null).toBe(monitor);
      const place = named(rowsOf(sizes, 'tablespaces'), 'pg_default');
      expect(place?.['temporary_files']).toBe(monitor ? 0 : null);

      const cache = newest('pg_cache');
      expect(named(rowsOf(cache, 'databases'), 'shop')?.['blks_hit']).toBeGreaterThan(0);
      expect(cache?.['buffers'] !== null).toBe(major >= 16 && monitor);
    });

    it('a standby is read without trouble, too', async () => {
      const { newest, count } = await seen(standby!, user, primaryOnly);
      expect(count('pg_vacuum')).toBe(0);
      expect(rowsOf(newest('pg_sequences'), 'sequences')).toHaveLength(1);
      expect(newest('pg_schema')).toMatchObject({ tables_total: 2 });
      expect(named(rowsOf(newest('pg_sizes'), 'databases'), 'shop')?.['bytes']).toBeGreaterThan(0);
    });
  });

  it('no read left an error in the logs of the servers', async () => {
    expect(await complaints(server())).toStrictEqual([]);
    expect(await complaints(standby!)).toStrictEqual([]);
  });
});
