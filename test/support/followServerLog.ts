import { expect, onTestFinished, vi } from 'vitest';
import type { DevPostgres } from '../../dev/postgres.ts';
import { host } from '../../src/io/host.ts';
import { logs } from '../../src/io/logs.ts';
import type { LogEntry } from '../../src/postgres/logs/entry.ts';
import type { ServerSettings } from '../../src/schema/config.ts';
import { pgLog } from '../../src/sources/pg_log/pgLog.ts';
import type { Sample } from '../../src/sources/source.ts';
import { held } from './hostContext.ts';
import { serverContext, withServer } from './serverContext.ts';

export interface FollowServerLogOptions {
  /** Keys of `[pg_log]`, beside a short interval. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly connection?: Partial<ServerSettings>;
  /** Where the source stood when it ended before. */
  readonly mark?: Sample['mark'];
}

/** Runs the source against a server and the real file system, until the test or `end` ends it. */
export function followServerLog(
  postgres: DevPostgres,
  { settings, connection = {}, mark }: FollowServerLogOptions = {},
) {
  const samples: Sample[] = [];
  const troubles: unknown[] = [];
  const here = host();
  const subscription = withServer(postgres, connection, (server) =>
    pgLog.read(
      serverContext(pgLog, server, {
        host: here,
        logs: logs({ remotePollMs: 200 }),
        settings: { interval: 1, events: [], ...settings },
        durable$: held(mark),
        trouble: (error) => troubles.push(error),
      }),
    ),
  ).subscribe((sample) => {
    if (sample.metric.type === 'pg_log') samples.push(sample);
  });
  const end = (): void => {
    subscription.unsubscribe();
    here.close();
  };
  onTestFinished(end);
  const entries = () => samples.flatMap(({ metric }) => metric['entries'] as unknown as LogEntry[]);
  const messages = () => entries().map(({ message }) => message);
  return { samples, troubles, entries, messages, end };
}

/** Waits until a check passes; at most 20 s. */
export const untilFollowed = (check: () => void) =>
  vi.waitFor(check, { timeout: 20_000, interval: 50 });

/** Makes the server write a warning. */
export const warn = async (postgres: DevPostgres, ...texts: readonly string[]): Promise<void> => {
  for (const text of texts) await postgres.sql(`DO $$ BEGIN RAISE WARNING '${text}'; END $$`);
};

/** Changes settings as an administrator does. */
export const alterSystem = async (
  postgres: DevPostgres,
  settings: Readonly<Record<string, string>>,
): Promise<void> => {
  for (const [name, value] of Object.entries(settings)) {
    await postgres.sql(`ALTER SYSTEM SET ${name} = '${value}'`);
  }
  await postgres.sql('SELECT pg_reload_conf()');
  const [name, value] = Object.entries(settings).at(-1) ?? [];
  await vi.waitFor(
    async () => expect(await postgres.sql(`SHOW ${name}`)).toEqual([{ [name ?? '']: value }]),
    {
      timeout: 10_000,
      interval: 50,
    },
  );
};
