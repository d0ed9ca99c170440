import { appendFileSync, chownSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Observable } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { DevPostgres } from '../../../dev/postgres.ts';
import { logs } from '../../../src/io/logs.ts';
import type { LogEntry } from '../../../src/postgres/logs/entry.ts';
import { codec } from '../../../src/schema/codec.ts';
import { pgLog } from '../../../src/sources/pg_log/pgLog.ts';
import { pgLogMetric } from '../../../src/sources/pg_log/pgLogMetric.ts';
import type { Sample } from '../../../src/sources/source.ts';
import { withPostgres } from '../../support/postgres.ts';
import { serverContext, withServer } from '../../support/serverContext.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Runs the source against a server until the test ends. */
function follow(postgres: DevPostgres, settings: Readonly<Record<string, unknown>>) {
  const samples: Sample[] = [];
  const troubles: unknown[] = [];
  const sample$: Observable<Sample> = withServer(postgres, {}, (server) =>
    pgLog.read(
      serverContext(pgLog, server, {
        logs: logs(),
        settings: { interval: 1, start_at: 'beginning', ...settings },
        trouble: (error) => troubles.push(error),
      }),
    ),
  );
  const subscription = sample$.subscribe((sample) => {
    if (sample.metric.type === 'pg_log') samples.push(sample);
  });
  ends.push(() => {
    subscription.unsubscribe();
  });
  const entries = () => samples.flatMap(({ metric }) => metric['entries'] as unknown as LogEntry[]);
  return { samples, troubles, entries };
}

const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 50 });
const fail = async (postgres: DevPostgres, sql: string): Promise<void> => {
  await expect(postgres.sql(sql)).rejects.toThrow();
};

describe('pg_log on a server', () => {
  const settings = {
    logging_collector: 'on',
    log_destination: 'stderr,csvlog,jsonlog',
    log_line_prefix: '<%n|%e|%c|%-6l|%s|%v|%x|%5p|%i|%Q|%b|%P|%L|%%> %q[%20a|%-20u|%d] ',
    log_timezone: 'America/New_York',
    log_min_messages: 'debug1',
    compute_query_id: 'on',
  };
  const server = withPostgres({ settings });

  it.each(['stderr', 'csvlog', 'jsonlog'])(
    'reads what the server writes as %s, joined, typed and redacted',
    async (format) => {
      const postgres = server();
      const { entries, samples, troubles } = follow(postgres, { format, events: [] });
      const startedAt = Date.now();
      await postgres.sql('DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY)');
      await fail(postgres, "INSERT INTO t VALUES (1);\n\tINSERT INTO t\n VALUES (1) -- 'secret'");
      await postgres.sql(
        `DO $$ BEGIN RAISE WARNING E'two\\n\\tlines' USING DETAIL = 'd1', HINT = 'h1'; END $$`,
      );
      const mine = () =>
        entries().filter(({ timestamp }) => Date.parse(timestamp ?? '') >= startedAt - 1);
      await until(() => expect(mine()).toHaveLength(2));
      const [error, warning] = mine();
      expect(error).toMatchObject({
        level: 'ERROR',
        sqlstate: '23505',
        message: 'duplicate key value violates unique constraint "t_pkey"',
        detail: 'Key (id)=(?) already exists.',
        user: 'postgres',
        database: 'postgres',
        backend_type: 'client backend',
        session_id: expect.stringMatching(/^[0-9a-f]+\.[0-9a-f]+$/) as string,
        query_id: expect.stringMatching(/^-?\d+$/) as string,
        pid: expect.any(Number) as number,
      });
      expect(error?.statement?.trimEnd()).toBe(
        'INSERT INTO t VALUES (?);\n\tINSERT INTO t\n VALUES (?)',
      );
      expect(warning).toMatchObject({
        level: 'WARNING',
        message: 'two\n\tlines',
        detail: '?',
        hint: 'h1',
        context: 'PL/pgSQL function inline_code_block line 1 at RAISE',
      });
      expect(Math.abs(Date.parse(error?.timestamp ?? '') - startedAt)).toBeLessThan(20_000);
      const counts = samples.map(({ metric }) => metric['counts'] as Record<string, number>);
      const sum = (level: string) =>
        counts.reduce((total, count) => total + (count[level] ?? 0), 0);
      expect(sum('LOG')).toBeGreaterThan(0);
      expect(sum('DEBUG')).toBeGreaterThan(0);
      expect(sum('ERROR')).toBe(entries().filter(({ level }) => level === 'ERROR').length);
      const check = codec(pgLogMetric);
      for (const { metric } of samples) expect(check(metric)).toHaveProperty('json');
      expect(troubles).toEqual([]);
    },
    60_000,
  );

  it('prefers jsonlog where both are written, and follows the server to a new file', async () => {
    const postgres = server();
    const { entries, samples } = follow(postgres, { start_at: 'end', events: [] });
    await until(() => expect(samples).not.toEqual([]));
    for (const round of [1, 2, 3]) {
      await fail(postgres, `SELECT nope_${round}`);
      await postgres.sql('SELECT pg_rotate_logfile(), pg_sleep(1.1)'); // names have seconds
      await fail(postgres, `SELECT nope_after_${round}`);
    }
    const messages = [1, 2, 3].flatMap((round) => [
      `column "nope_${round}" does not exist`,
      `column "nope_after_${round}" does not exist`,
    ]);
    await until(() => expect(entries().map(({ message }) => message)).toEqual(messages));
    expect(samples.at(-1)?.mark).toMatchObject({
      suffix: '.json',
      directory: postgres.logDirectory,
    });
  }, 60_000);

  it('says what to do about a log outside of the server’s directory, and reads it when told where', async () => {
    const postgres = server();
    const missing = join(postgres.dataDirectory, 'elsewhere');
    const wrong = follow(postgres, { directory: missing });
    await until(() => expect(String(wrong.troubles[0])).toMatch(/elsewhere does not exist/));
    const other = join(postgres.logDirectory, 'other.txt');
    appendFileSync(other, '7 ERROR:  by hand\n');
    const { uid, gid } = statSync(postgres.logDirectory);
    chownSync(other, uid, gid);
    const right = follow(postgres, {
      directory: postgres.logDirectory,
      format: 'stderr',
      suffix: '.txt',
      prefix: '%p ',
    });
    await until(() => expect(right.entries()).toMatchObject([{ pid: 7, message: 'by hand' }]));
  }, 60_000);
});
