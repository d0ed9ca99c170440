import { randomUUID } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import type { DevPostgres, PostgresOptions } from '../../dev/postgres.ts';

/** Settings under which the server says who caused each message. */
export const watchedSettings: NonNullable<PostgresOptions['settings']> = {
  logging_collector: 'on',
  log_filename: 'server.log',
  log_line_prefix: '%m [%p] %quser=%u,app=%a ',
  log_min_messages: 'warning',
  wal_level: 'logical',
};

/** The roles that the collector may be given: the documented one, and one without any grant. */
export const roles = `CREATE ROLE watcher LOGIN CONNECTION LIMIT 4 IN ROLE pg_monitor;
  CREATE ROLE nobody LOGIN CONNECTION LIMIT 4`;

/** What the server logged as ERROR, FATAL or PANIC on behalf of the collector, until now. */
export async function complaints(
  server: Pick<DevPostgres, 'logDirectory' | 'sql'>,
): Promise<string[]> {
  const { logDirectory } = server;
  const texts = async (): Promise<string> => {
    const files = await readdir(logDirectory);
    const read = files.map((file) => readFile(join(logDirectory, file), 'utf8'));
    return (await Promise.all(read)).join('\n');
  };
  // The server writes its log a moment later, yet in order.
  const mark = `logged until ${randomUUID()}`;
  await server.sql(`DO $$ BEGIN RAISE LOG '${mark}'; END $$`);
  const logged = await vi.waitFor(
    async () => {
      const text = await texts();
      expect(text).toContain(mark);
      return text;
    },
    { timeout: 30_000, interval: 20 },
  );
  return logged
    .split('\n')
    .filter((line) => /(ERROR|FATAL|PANIC): /.test(line))
    .filter((line) => /user=(watcher|nobody),|pganalytics/.test(line));
}

/** Waits until what was done to a table stands in the statistics: on 13 and 14 a collector hears of it a moment later. */
export const counted = (server: DevPostgres, table: string, database: string): Promise<void> =>
  vi.waitFor(
    async () => {
      const [row] = await server.sql(
        `SELECT n_tup_ins > 0 AND analyze_count > 0 AS counted FROM pg_stat_user_tables WHERE relname = '${table}'`,
        database,
      );
      expect(row).toStrictEqual({ counted: true });
    },
    { timeout: 30_000, interval: 50 },
  );
