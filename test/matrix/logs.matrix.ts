import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../../src/postgres/logs/entry.ts';
import { pgLog } from '../../src/sources/pg_log/pgLog.ts';
import { pgLogSettings } from '../../src/sources/pg_log/pgLogSettings.ts';
import { withPostgres } from '../support/postgres.ts';
import { eachVersion, majors } from './eachVersion.ts';
import { watch } from './watch.ts';

const readable = (pgLogSettings.properties.format as unknown as { enum: readonly string[] }).enum;
const logsOf = (major: number): readonly string[] =>
  major >= 15 ? ['stderr', 'csvlog', 'jsonlog'] : ['stderr', 'csvlog'];

/** Every escape that the version knows. */
const prefix = (major: number): string =>
  `<%n|%m|%e|%c|%-6l|%s|%v|%x|%5p|%i|%b${major >= 14 ? '|%P|%Q' : ''}${major >= 18 ? '|%L' : ''}> %q[%20a|%-20u|%d|%h|%r] `;

eachVersion(majors, ({ major, options }) => {
  const server = withPostgres({
    ...options,
    settings: {
      logging_collector: 'on',
      log_destination: logsOf(major).join(','),
      log_line_prefix: prefix(major),
      log_timezone: 'America/New_York',
      log_statement: 'all',
      ...(major >= 14 && { compute_query_id: 'on' }),
    },
  });

  describe('its log', () => {
    it.each(readable.filter((format) => logsOf(major).includes(format)))(
      'is read as %s: joined, typed and redacted',
      async (format) => {
        const mark = `${format}_mark`;
        const { metrics, until, troubles } = watch(server(), {
          connection: {},
          sources: [pgLog],
          settings: { pg_log: { format, start_at: 'beginning', max_entries: 5000 } },
        });
        await server().sql(
          `DROP TABLE IF EXISTS ${mark}; CREATE TABLE ${mark} (id int PRIMARY KEY)`,
        );
        const startedAt = Date.now();
        await expect(
          server().sql(
            `INSERT INTO ${mark} VALUES (1);\n\tINSERT INTO ${mark}\n VALUES (1), (2) -- 'x'`,
          ),
        ).rejects.toThrow('duplicate key');
        const found = (): LogEntry | undefined =>
          metrics
            .flatMap((metric) => (metric['entries'] ?? []) as unknown as LogEntry[])
            .find(({ level, message }) => level === 'ERROR' && message.includes(`"${mark}_pkey"`));
        await until(() => expect(found()).toBeDefined());
        const entry = found()!;
        expect(entry).toMatchObject({
          sqlstate: '23505',
          detail: 'Key (id)=(?) already exists.',
          user: 'postgres',
          database: 'postgres',
          backend_type: 'client backend',
          pid: expect.any(Number) as number,
          session_id: expect.stringMatching(/^[0-9a-f]+\.[0-9a-f]+$/) as string,
        });
        expect(entry.statement?.trimEnd()).toBe(
          `INSERT INTO ${mark} VALUES (?);\n\tINSERT INTO ${mark}\n VALUES (?), (?)`,
        );
        expect(Math.abs(Date.parse(entry.timestamp ?? '') - startedAt)).toBeLessThan(30_000);
        expect('query_id' in entry).toBe(major >= 14);
        expect(troubles).toStrictEqual([]);
      },
    );
  });
});
