import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NEVER, type Observable, firstValueFrom, lastValueFrom, startWith } from 'rxjs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Finding } from '../../../src/commands/check/finding.ts';
import { logFindings } from '../../../src/commands/check/logFindings.ts';
import { fakeHost, settingsOf } from '../../support/hostContext.ts';
import { logs } from '../../../src/io/logs.ts';
import { remoteLogs } from '../../../src/sources/pg_log/remoteLogs.ts';
import {
  alterSystem,
  followServerLog,
  untilFollowed,
  warn,
} from '../../support/followServerLog.ts';
import { type TextChunk, textChunk } from '../../support/logDirectory.ts';
import { openServer } from '../../support/openServer.ts';
import { withPostgres } from '../../support/postgres.ts';
import { withServer } from '../../support/serverContext.ts';
import { pgLog } from '../../../src/sources/pg_log/pgLog.ts';
import type { PgLogSettings } from '../../../src/sources/pg_log/pgLogSettings.ts';

describe('pg_log over SQL', () => {
  const server = withPostgres({
    settings: {
      logging_collector: 'on',
      log_destination: 'stderr,csvlog',
      log_filename: 'server-%H%M%S.log',
      log_line_prefix: '%m [%p] %quser=%u ',
    },
  });
  const settings = { access: 'sql' };
  const connection = { user: 'watcher' };
  const findings = (): Promise<readonly Finding[]> => {
    const finding$: Observable<readonly Finding[]> = withServer(server(), connection, (one) =>
      logFindings(one, {
        host: fakeHost({}),
        settings: settingsOf(pgLog, settings) as unknown as PgLogSettings,
        role: 'watcher',
        database: 'postgres',
      }),
    );
    return firstValueFrom(finding$);
  };
  /** What the server wrote of errors of the role that reads. */
  const complaints = (): string[] =>
    readdirSync(server().logDirectory)
      .filter((name) => name.endsWith('.log'))
      .flatMap((name) => readFileSync(join(server().logDirectory, name), 'utf8').split('\n'))
      .filter((line) => /user=watcher (ERROR|FATAL)/.test(line));

  it('needs a function, for which check prints the statements, and then reads through rotation', async () => {
    const postgres = server();
    await postgres.sql('CREATE ROLE watcher LOGIN IN ROLE pg_monitor');
    const refused = followServerLog(postgres, { settings, connection });
    await untilFollowed(() =>
      expect(String(refused.troubles[0])).toMatch(/may not read the log over SQL: `check` prints/),
    );
    refused.end();
    const [needed] = await findings();
    expect(needed).toMatchObject({ level: 'warning' });
    await postgres.sql(needed?.remedy ?? '');
    expect(await findings()).toMatchObject([
      { level: 'ok', message: expect.stringMatching(/csvlog in .*, read over SQL/) as string },
    ]);

    const first = followServerLog(postgres, { settings, connection });
    await untilFollowed(() => expect(first.samples).not.toEqual([]));
    await warn(postgres, 'r1');
    await postgres.sql('SELECT pg_rotate_logfile(), pg_sleep(1.1)');
    await warn(postgres, 'r2 \u20ac');
    await untilFollowed(() => expect(first.messages()).toEqual(['r1', 'r2 \u20ac']));
    first.end();
    await warn(postgres, 'r3');
    const mark = first.samples.at(-1)?.mark;
    expect(mark).toMatchObject({ fileId: expect.stringMatching(/^sql-server-/) as string });
    const second = followServerLog(postgres, { settings, connection, mark });
    await untilFollowed(() => expect(second.messages()).toEqual(['r3']));
    expect([...first.troubles, ...second.troubles]).toEqual([]);
    expect(complaints()).toEqual([]);
  }, 60_000);

  it('follows the file that the server says it writes, whatever its name, where the role may ask', async () => {
    const postgres = server();
    const open = openServer({
      ...{ host: postgres.host, port: postgres.port, user: 'watcher' },
    });
    const files = remoteLogs(open.server, 'csvlog');
    const current = async () =>
      (await lastValueFrom(files.list())).filter(({ current: is }) => is).map(({ name }) => name);
    expect(await current()).toEqual([expect.stringMatching(/^server-\d{6}\.csv$/)]);
    const chunks: TextChunk[] = [];
    const reading = logs({ remotePollMs: 50 })(
      { directory: '/', suffix: '.csv', filename: 'server-%H%M%S.csv', startAt: 'end' },
      NEVER.pipe(startWith(undefined)),
      { remote: files },
    ).subscribe((chunk) => chunks.push(textChunk(chunk)));
    onTestFinished(() => reading.unsubscribe());
    await untilFollowed(() => expect(chunks).not.toEqual([]));
    await alterSystem(postgres, { log_filename: 'renamed.log' });
    await vi.waitFor(async () => expect(await current()).toEqual(['renamed.csv']), 20_000);
    await warn(postgres, 'in another file');
    await untilFollowed(() => expect(chunks.at(-1)?.text).toContain('in another file'));
    expect(chunks.at(-1)?.file).toBe('renamed.csv');
    await alterSystem(postgres, { log_destination: 'stderr' });
    await vi.waitFor(async () => expect(await current()).toEqual([]), 20_000);
    expect(complaints()).toEqual([]);
  }, 60_000);

  it('reads no other files than those of the log', async () => {
    const postgres = server();
    const read = async (name: string): Promise<unknown> => {
      const client = await postgres.connect('postgres', 'watcher');
      try {
        const { rows } = await client.query('SELECT pganalytics.read_log($1, 0, 10) AS bytes', [
          name,
        ]);
        return (rows as { bytes: Buffer | null }[])[0]?.bytes;
      } finally {
        await client.end();
      }
    };
    writeFileSync(join(postgres.logDirectory, '.hidden'), 'hidden');
    for (const name of ['../PG_VERSION', '/etc/passwd', '.', '..', '.hidden', 'no-such.log', '']) {
      expect(await read(name), name).toBeNull();
    }
    const [file] = readdirSync(postgres.logDirectory).filter((name) => name.endsWith('.csv'));
    expect(await read(file ?? '')).toHaveLength(10);
    expect(complaints()).toEqual([]);
  }, 60_000);
});
