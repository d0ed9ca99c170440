import { beforeAll, describe, expect, it } from 'vitest';
import { withPostgres } from '../support/postgres.ts';
import { type Fields, rowsOf } from '../support/readings.ts';
import { eachVersion, majors } from './eachVersion.ts';
import { serverSources, watch } from './watch.ts';
import { complaints, counted, roles, watchedSettings } from './watchedServer.ts';

/** Some of everything that the sources read. */
const shop = `CREATE TABLE orders (id int PRIMARY KEY, note text);
  INSERT INTO orders SELECT g, repeat(md5(g::text), 200) FROM generate_series(1, 300) g;
  UPDATE orders SET note = 'x' WHERE id < 20; DELETE FROM orders WHERE id < 10; ANALYZE orders;
  SELECT count(*) FROM orders WHERE id = 15`;

const slruNames = `commit_timestamp multixact_member multixact_offset notify serializable subtransaction transaction other`;

/** The extension that each version brings. */
const bundled = { 13: '1.8', 14: '1.9', 15: '1.10', 16: '1.10', 17: '1.11', 18: '1.12' } as const;

/** Fields of groups by the version that brought them: null before, and never null from then on. */
const since: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  13: [
    ['checkpointer', 'num_timed'],
    ['checkpointer', 'num_requested'],
    ['checkpointer', 'write_time_ms'],
    ['checkpointer', 'buffers_written'],
    ['checkpointer', 'stats_reset'],
    ['bgwriter', 'buffers_clean'],
    ['bgwriter', 'buffers_alloc'],
    ['archiver', 'archived_count'],
    ['transaction_ids', 'oldest_age'],
    ['connections', 'max_connections'],
  ],
  14: [
    ['wal', 'wal_records'],
    ['wal', 'wal_fpi'],
    ['wal', 'wal_bytes'],
    ['wal', 'wal_buffers_full'],
    ['wal', 'wal_write'],
    ['wal', 'wal_sync'],
    ['wal', 'stats_reset'],
    ['wal', 'write_stats_reset'],
  ],
  16: [['connections', 'reserved']],
  17: [
    ['checkpointer', 'restartpoints_timed'],
    ['checkpointer', 'restartpoints_req'],
    ['checkpointer', 'restartpoints_done'],
  ],
  18: [
    ['checkpointer', 'num_done'],
    ['checkpointer', 'slru_written'],
  ],
};

eachVersion(majors, ({ major, options }) => {
  const server = withPostgres({ ...options, settings: watchedSettings });
  beforeAll(async () => {
    await server().sql(`CREATE EXTENSION pg_stat_statements; ${roles}`);
    await server().sql('CREATE DATABASE shop');
    await server().sql(shop, 'shop');
    await counted(server(), 'orders', 'shop');
  });

  describe.each(['watcher', 'nobody'])('as the role %s', (user) => {
    it('every source reads it without trouble, and in full', async () => {
      const connection = { user, databases: ['shop', 'postgres'] };
      const { until, count, newest, troubles, metrics } = watch(server(), { connection });
      await until(() => {
        for (const { type, follows } of serverSources) {
          if (!follows) expect([type, count(type)]).not.toStrictEqual([type, 0]);
        }
        expect(count('pg_stats')).toBeGreaterThanOrEqual(4);
        expect(count('pg_query_stats')).toBeGreaterThanOrEqual(4);
      });
      // Nobody may see where the log is, and is told so.
      const expected = user === 'nobody' ? [expect.stringMatching(/^pg_log: .*pg_monitor/)] : [];
      expect([...new Set(troubles)]).toStrictEqual(expected);
      expect(newest('pg_health')).toMatchObject({ up: 1, role: 'primary' });
      expect(newest('host_inventory')).toMatchObject({
        server_started_at: expect.stringMatching(/^20.*Z$/) as string,
        server_version_num: expect.any(Number) as number,
      });
      const settings = rowsOf(newest('host_inventory'), 'settings').map(({ name }) => name);
      expect(settings).toContain('shared_buffers');
      expect(Math.floor(Number(newest('pg_global')?.['version_num']) / 10_000)).toBe(major);

      const shops = metrics.filter(
        ({ type, database }) => type === 'pg_stats' && database === 'shop',
      );
      const [orders] = rowsOf(
        shops.find((metric) => 'tables' in metric),
        'tables',
      );
      expect(orders).toMatchObject({
        name: 'orders',
        n_tup_ins: 300,
        n_tup_upd: 19,
        n_tup_del: 9,
        analyze_count: 1,
        size_bytes: expect.any(Number) as number,
      });
      const [database] = shops;
      expect(database?.['sessions'] !== null).toBe(major >= 14);
      expect(database?.['parallel_workers_launched'] !== null).toBe(major >= 18);
      expect(orders?.['last_idx_scan'] !== null || orders['last_seq_scan'] !== null).toBe(
        major >= 16,
      );
      expect(orders?.['n_tup_newpage_upd'] !== null).toBe(major >= 16);
      expect(orders?.['total_analyze_time'] !== null).toBe(major >= 18);

      const statements = metrics.find(
        ({ type, database }) => type === 'pg_query_stats' && database === 'shop',
      );
      expect(statements).toMatchObject({ extension_version: bundled[major] });
      expect(statements?.['stats_reset'] !== null).toBe(major >= 14);
      const other = statements?.['other'] as Fields | null;
      const calls = rowsOf(statements, 'queries').reduce(
        (sum, row) => sum + Number(row['calls']),
        0,
      );
      expect(calls + Number(other?.['calls'] ?? 0)).toBeGreaterThan(0);
      expect(rowsOf(statements, 'queries').length > 0).toBe(user === 'watcher');
    });

    it('pg_global has what the version has, under the newest names', async () => {
      const { until, newest } = watch(server(), {
        connection: { user },
        sources: serverSources.filter(({ type }) => type === 'pg_global'),
      });
      await until(() => expect(newest('pg_global')).toBeDefined());
      const metric = newest('pg_global')!;
      const wrong = Object.entries(since).flatMap(([first, fields]) =>
        fields
          .filter(([group, name]) => {
            const value = (metric[group] as Fields)[name];
            return value === undefined || (value !== null) !== major >= Number(first);
          })
          .map((path) => path.join('.')),
      );
      expect(wrong).toStrictEqual([]);
      const { buffers_backend } = metric['bgwriter'] as Fields;
      expect(buffers_backend !== null).toBe(major < 17);
      expect(
        rowsOf(metric, 'slru')
          .map(({ name }) => name)
          .sort(),
      ).toStrictEqual(slruNames.split(' ').sort());
      const io = rowsOf(metric, 'io');
      expect(io.length > 0).toBe(major >= 16);
      expect(metric['io_counts']).toBe(major >= 18 ? 'operations' : major >= 16 ? 'blocks' : null);
      const reading = io.filter(({ reads }) => Number(reads) > 0);
      expect(reading.length > 0).toBe(major >= 16);
      for (const row of reading) expect(row['read_bytes']).toBeGreaterThan(0);
      expect(io.some(({ object }) => object === 'wal')).toBe(major >= 18);
    });
  });

  it('no read left an error in the log of the server', async () => {
    expect(await complaints(server())).toStrictEqual([]);
  });
});
