import { expect, it } from 'vitest';
import { pgQueryStats } from '../../src/sources/pg_query_stats/pg_query_stats.ts';
import { withPostgres } from '../support/postgres.ts';
import { type Fields, rowsOf } from '../support/readings.ts';
import { eachVersion, majors } from './eachVersion.ts';
import { watch } from './watch.ts';
import { complaints, roles, watchedSettings } from './watchedServer.ts';

/** The least version of the extension that can be read. */
const least = 8;

eachVersion(majors, ({ major, options }) => {
  const server = withPostgres({
    ...options,
    settings: { ...watchedSettings, track_io_timing: 'on' },
  });

  it('reads each version of pg_stat_statements that it has, and asks for an update of older ones', async () => {
    await server().sql(roles);
    const found = await server().sql(
      `SELECT version FROM pg_available_extension_versions WHERE name = 'pg_stat_statements'`,
    );
    const minors = found.map(({ version }) => Number((version as string).split('.')[1]));
    minors.sort((a, b) => a - b);
    expect(minors.at(-1)).toBeGreaterThanOrEqual(least);
    for (const minor of minors) {
      await server().sql(
        `DROP EXTENSION IF EXISTS pg_stat_statements;
         CREATE EXTENSION pg_stat_statements VERSION '1.${minor}'; SELECT count(*) FROM pg_class`,
      );
      const { until, newest, troubles, count, stop } = watch(server(), {
        connection: { user: 'watcher' },
        sources: [pgQueryStats],
      });
      await until(() => expect(troubles.length + count('pg_query_stats')).toBeGreaterThan(0));
      await stop();
      if (minor < least) {
        expect(troubles[0]).toMatch(/1\.\d in .* is older than 1\.8 .*ALTER EXTENSION/);
        continue;
      }
      expect([minor, troubles]).toStrictEqual([minor, []]);
      const metric = newest('pg_query_stats')!;
      expect(metric).toMatchObject({ extension_version: `1.${minor}`, double_counted: false });
      const other = (metric['other'] ?? {}) as Fields;
      const all: readonly Fields[] = [...rowsOf(metric, 'queries'), other];
      const some = (name: string) => all.some((row) => (row[name] ?? null) !== null);
      expect(some('total_time')).toBe(true);
      expect(some('blk_read_time')).toBe(true);
      expect(some('wal_bytes')).toBe(true);
      expect([minor, some('toplevel')]).toStrictEqual([minor, minor >= 9]);
      expect([minor, some('stats_since')]).toStrictEqual([minor, minor >= 11]);
      expect([minor, metric['stats_reset'] !== null]).toStrictEqual([minor, minor >= 9]);
    }
    expect(major === 13 ? 8 : 9).toBeLessThanOrEqual(minors.at(-1)!);
    expect(await complaints(server())).toStrictEqual([]);
  });
});
