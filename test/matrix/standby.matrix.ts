import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DevPostgres } from '../../dev/postgres.ts';
import { startStandby } from '../../dev/postgres/standby.ts';
import { primaryOnly } from '../../src/sources/pg_stats/tableColumns.ts';
import { withPostgres } from '../support/postgres.ts';
import { type Fields, rowsOf } from '../support/readings.ts';
import { eachVersion, majors } from './eachVersion.ts';
import { type Watch, serverSources, watch } from './watch.ts';
import { complaints, roles, watchedSettings } from './watchedServer.ts';

const hot = { ...watchedSettings, hot_standby: 'on' };

/** The newest metric that lists tables of the database. */
const tablesOf = ({ metrics }: Watch): readonly Fields[] =>
  rowsOf(
    metrics.findLast((metric) => metric.type === 'pg_stats' && 'tables' in metric),
    'tables',
  );

eachVersion(majors, ({ options }) => {
  const primary = withPostgres({ ...options, settings: hot });
  let standby: DevPostgres;
  beforeAll(async () => {
    await primary().sql(`CREATE EXTENSION pg_stat_statements; ${roles}`);
    await primary().sql('CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders VALUES (1)');
    standby = await startStandby(primary(), { settings: hot });
    await standby.sql('SELECT count(*) FROM orders');
  });
  afterAll(() => standby.stop());

  describe.each(['watcher', 'nobody'])('a standby, as the role %s', (user) => {
    it('every source reads it without trouble, and says nothing of what it does not keep', async () => {
      const seen = watch(standby, { connection: { user } });
      const { until, count, newest, troubles } = seen;
      await until(() => {
        for (const { type, follows } of serverSources) {
          if (!follows && type !== 'pg_vacuum')
            expect([type, count(type) > 0]).toStrictEqual([type, true]);
        }
      });
      const expected = user === 'nobody' ? [expect.stringMatching(/^pg_log: .*pg_monitor/)] : [];
      expect([...new Set(troubles)]).toStrictEqual(expected);
      expect(newest('pg_health')).toMatchObject({ up: 1, role: 'standby', in_recovery: true });
      expect(newest('pg_global')).toMatchObject({
        in_recovery: true,
        timeline: 1,
        wal_position: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/) as string,
        system_identifier: expect.stringMatching(/^\d+$/) as string,
      });
      const [orders] = tablesOf(seen);
      expect(primaryOnly.filter((name) => orders?.[name] !== null)).toStrictEqual([]);
      expect(orders).toMatchObject({
        name: 'orders',
        seq_scan: expect.any(Number) as number,
        heap_blks_hit: expect.any(Number) as number,
        size_bytes: expect.any(Number) as number,
      });
      const statuses = rowsOf(newest('pg_stats'), 'indexes').map(({ status }) => status);
      expect(statuses.every((status) => status === null)).toBe(true);
    });
  });

  it('a promotion is noticed by every source that runs', async () => {
    const seen = watch(standby, {
      connection: { user: 'watcher' },
      settings: { pg_stats: { interval: 1, relations_interval: 1 } },
    });
    const { until, newest, clear, troubles } = seen;
    await until(() => expect(tablesOf(seen)).toHaveLength(1));
    clear();
    await standby.sql('SELECT pg_promote()');
    await standby.sql('INSERT INTO orders VALUES (2), (3)');
    await until(() => {
      expect(newest('pg_health')).toMatchObject({ role: 'primary', in_recovery: false });
      expect(newest('pg_global')).toMatchObject({ in_recovery: false, timeline: 2 });
      const [orders] = tablesOf(seen);
      expect(orders?.['n_tup_ins']).toBeGreaterThanOrEqual(2);
    });
    expect(troubles).toStrictEqual([]);
  });

  it('no read left an error in the log of the server', async () => {
    expect(await complaints(standby)).toStrictEqual([]);
    const files = await readdir(standby.logDirectory);
    const texts = await Promise.all(
      files.map((file) => readFile(join(standby.logDirectory, file), 'utf8')),
    );
    expect(texts.join('')).not.toContain('recovery is in progress');
  });
});
