import { describe, expect, it, onTestFinished } from 'vitest';
import { startPostgres } from '../../dev/postgres.ts';
import { type Fields, rowsOf } from '../support/readings.ts';
import { eachVersion, majors, version } from './eachVersion.ts';
import { serverSources, watch } from './watch.ts';
import { complaints, roles, watchedSettings } from './watchedServer.ts';

const prepared = `CREATE EXTENSION pg_stat_statements; ${roles};
  CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders VALUES (1)`;

/** The role comes a moment after the server, which may be asked while it starts: the collector is refused until then. */
const expected = /role "watcher" does not exist|the database system is (not yet|starting)/;

/** Where a new version follows the one before it on the same port, with the same roles. */
eachVersion(majors.slice(1), ({ major, options }) => {
  const older = majors[majors.indexOf(major) - 1]!;

  describe(`in the place of ${older}`, () => {
    it('is read as what it is, by the sources that ran all along', async () => {
      const before = await startPostgres({ ...version(older).options, settings: watchedSettings });
      onTestFinished(() => before.stop());
      await before.sql(prepared);
      const { until, newest, clear, troubles } = watch(before, {
        connection: { user: 'watcher' },
        sources: serverSources.filter(({ follows }) => !follows),
        settings: { pg_stats: { interval: 1, relations_interval: 1 } },
      });
      const reads = (number: number) => () => {
        const global = newest('pg_global');
        expect(Math.floor(Number(global?.['version_num']) / 10_000)).toBe(number);
        expect(newest('pg_health')).toMatchObject({ up: 1, version: global?.['version'] });
        expect(rowsOf(newest('pg_stats'), 'tables')).toMatchObject([{ name: 'orders' }]);
        expect(newest('pg_query_stats')).toMatchObject({ queries: expect.any(Array) as [] });
      };
      await until(reads(older));
      expect(troubles).toStrictEqual([]);
      const identifier = newest('pg_global')?.['system_identifier'];

      await before.halt();
      const { port } = before;
      const after = await startPostgres({ ...options, settings: watchedSettings, port });
      onTestFinished(() => after.stop());
      await after.sql(prepared);
      clear();
      await until(reads(major));
      clear();
      await until(reads(major));
      expect(troubles).toStrictEqual([]);
      const global = newest('pg_global')!;
      expect(global['system_identifier']).not.toBe(identifier);
      expect((global['wal'] as Fields)['wal_records']).not.toBeNull();
      expect((global['checkpointer'] as Fields)['restartpoints_done'] !== null).toBe(major >= 17);
      expect(rowsOf(global, 'io').length > 0).toBe(major >= 16);
      const [orders] = rowsOf(newest('pg_stats'), 'tables');
      expect(orders?.['total_vacuum_time'] !== null).toBe(major >= 18);
      const said = await complaints(after);
      expect(said.filter((line) => !expected.test(line))).toStrictEqual([]);
    });
  });
});
