import { afterEach, expect, it } from 'vitest';
import { type MockBackend, startBackend } from '../../dev/backend/startBackend.ts';
import { complaints, watchedSettings } from '../matrix/watchedServer.ts';
import { startAgent } from '../support/agentProcess.ts';
import { install } from '../support/installation.ts';
import { watcherRole } from '../support/observed.ts';
import { withPostgres } from '../support/postgres.ts';

/** `PGANALYTICS_BURDEN_S=60` stops the sink for a minute. */
const seconds = Number(process.env['PGANALYTICS_BURDEN_S'] ?? 6);

const dev = withPostgres({ settings: watchedSettings });
let backend: MockBackend | undefined;
afterEach(async () => {
  await backend?.stop();
  backend = undefined;
});

it(
  'with the sink stopped the agent’s backend_xmin stays younger than 5 s, and the server’s log holds no error of the agent',
  async () => {
    await dev().sql(`${watcherRole}; CREATE EXTENSION pg_stat_statements`);
    backend = await startBackend();
    const often = ['pg_health', 'pg_global', 'pg_query_stats'].map(
      (type) => `[${type}]\ninterval = 1\n`,
    );
    const { config } = await install({
      ...{ backend, postgres: dev(), user: 'watcher', server: 'databases = "*"' },
      sections: `${often.join('')}[pg_stats]\ninterval = 1\nrelations_interval = 1\n`,
    });
    const agent = startAgent({ args: ['--config', config] });
    await backend.received.waitFor(({ counts }) => (counts.get('pg_stats') ?? 0) > 2, 20_000);
    await backend.down();
    const client = await dev().connect();
    const until = performance.now() + seconds * 1_000;
    const ages: number[] = [];
    while (performance.now() < until) {
      const { rows } = await client.query<{ age: number | null }>(
        `SELECT extract(epoch FROM clock_timestamp() - xact_start)::float AS age FROM pg_stat_activity
          WHERE application_name = 'pganalytics-collector' AND backend_xmin IS NOT NULL`,
      );
      ages.push(...rows.map(({ age }) => age ?? 0));
      await client.query('SELECT pg_sleep(0.02)');
    }
    await client.end();
    expect(Math.max(0, ...ages)).toBeLessThan(5);
    await backend.up();
    expect(await agent.stop()).toBe(0);
    expect(await complaints(dev())).toEqual([]);
  },
  60_000 + seconds * 2_000,
);
