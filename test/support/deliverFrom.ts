import pg from 'pg';
import { expect, vi } from 'vitest';
import type { MockBackend } from '../../dev/backend/startBackend.ts';
import { type DevPgbouncer, pgbouncerMissing, startPgbouncer } from '../../dev/pgbouncer.ts';
import { registry } from '../../src/sources/registry.ts';
import { startAgent } from './agentProcess.ts';
import type { EventfulServer } from './eventfulServer.ts';
import { install } from './installation.ts';

const types = new Map(registry.map((source) => [source.type, source]));

/** Every interval of every section at its least, and what is off by itself. */
function sections(): string {
  const more: Readonly<Record<string, string>> = {
    pg_activity: 'long_transaction = 1\nidle_in_transaction = 1\n',
    pg_bloat:
      'exact_max_bytes = 2000000\nexact = ["public.big", "public.big_pkey", "public.few"]\n',
    pg_log: 'min_level = "DEBUG"\nstart_at = "beginning"\n',
  };
  const own =
    '[custom.one]\nsql = "SELECT state, count(*) AS n FROM pg_stat_activity GROUP BY state"\ninterval = 2\n';
  return [...types]
    .map(([type, { settings }]) => {
      const keys = settings['properties'] as Record<string, { minimum?: number }>;
      const intervals = Object.entries(keys)
        .filter(([key]) => key === 'interval' || key.endsWith('_interval'))
        .map(([key, { minimum = 1 }]) => `${key} = ${minimum}\n`);
      return type === 'custom' ? own : `[${type}]\n${intervals.join('')}${more[type] ?? ''}`;
    })
    .join('');
}

/**
 * Lets the agent watch a server, its standby and a PgBouncer before it, and deliver to the backend until it is `enough`;
 * then it is asked to end. `meanwhile` makes what only a reader that runs can notice.
 *
 * @throws what `enough` threw last, after two minutes and a half.
 */
export async function deliverFrom(
  { primary, standby }: EventfulServer,
  backend: MockBackend,
  meanwhile: () => Promise<unknown>,
  enough: () => void,
): Promise<void> {
  const bouncer: DevPgbouncer | undefined =
    pgbouncerMissing() === undefined
      ? await startPgbouncer({
          postgres: primary,
          mode: 'session',
          users: ['watcher'],
          poolSize: 5,
        })
      : undefined;
  const through = new pg.Client({
    host: primary.host,
    port: bouncer?.port ?? primary.port,
    user: 'watcher',
    database: 'postgres',
  });
  await through.connect();
  try {
    const { config } = await install({
      ...{ backend, postgres: primary, user: 'watcher', sections: sections() },
      // The third server refuses the role.
      server: `name = "main"\nbudget = 100\ndatabases = ["postgres", "subscriber"]\n${
        bouncer === undefined ? '' : `pgbouncer_port = ${bouncer.port}\n`
      }[[postgres]]\nname = "standby"\nhost = "${standby.host}"\nport = ${standby.port}\nuser = "watcher"\nbudget = 100
[[postgres]]\nname = "refused"\nhost = "${standby.host}"\nport = ${standby.port}\nuser = "stranger"\n`,
    });
    const agent = startAgent({ args: ['run', '--config', config] });
    await vi.waitFor(() => expect(backend.received.counts.get('pg_settings')).toBeGreaterThan(1), {
      timeout: 60_000,
      interval: 50,
    });
    await meanwhile();
    await through.query('SELECT 1');
    const delivered = vi.waitFor(enough, { timeout: 150_000, interval: 500 });
    const ended = agent.ended.then(() => expect.fail(agent.stderr()));
    await Promise.race([delivered, ended]);
    ended.catch(() => undefined);
    expect(await agent.stop(), agent.stderr()).toBe(0);
  } finally {
    await through.end();
    await bouncer?.stop();
  }
}
