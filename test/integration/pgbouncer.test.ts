import pg from 'pg';
import {
  NEVER,
  type Observable,
  filter,
  firstValueFrom,
  interval,
  lastValueFrom,
  merge,
  take,
  timeout,
  timer,
} from 'rxjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type DevPgbouncer, pgbouncerMissing, startPgbouncer } from '../../dev/pgbouncer.ts';
import { codec } from '../../src/schema/codec.ts';
import { pgbouncer } from '../../src/sources/pgbouncer/pgbouncer.ts';
import { observe, watcher, watcherRole } from '../support/observed.ts';
import { withPostgres } from '../support/postgres.ts';
import { serverContext, withServer } from '../support/serverContext.ts';

const missing = pgbouncerMissing();
if (missing !== undefined) console.warn(`PgBouncer in the path is not tested: ${missing}`);

const dev = withPostgres();
let bouncer: DevPgbouncer | undefined;
beforeAll(async () => {
  await dev().sql(watcherRole);
  await dev().sql(`ALTER ROLE ${watcher} CONNECTION LIMIT -1; CREATE EXTENSION pg_stat_statements;
    CREATE TABLE orders (id serial PRIMARY KEY, note text); GRANT ALL ON ALL TABLES IN SCHEMA public TO ${watcher};
    GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${watcher}`);
  await dev().sql('CREATE DATABASE shop');
});
afterEach(async () => {
  await bouncer?.stop();
  bouncer = undefined;
});

/** An application of the same user and database, which has the same pool; writes until it is stopped, or meets an error. */
async function application(
  port: number,
): Promise<() => Promise<{ writes: number; errors: string[] }>> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: watcher, database: 'postgres' });
  const errors: string[] = [];
  client.on('error', (error) => errors.push(error.message));
  await client.connect();
  let writes = 0;
  const stopped = new AbortController();
  const work = (async () => {
    while (!stopped.signal.aborted && errors.length === 0) {
      try {
        await client.query('BEGIN');
        await client.query("INSERT INTO orders (note) VALUES ('written beside the agent')");
        await client.query('COMMIT');
        // A setting that leaked from the agent would be seen here.
        const { rows } = await client.query<{ timeout: string; path: string }>(
          `SELECT current_setting('statement_timeout') AS timeout, current_setting('search_path') AS path`,
        );
        if (rows[0]?.timeout !== '0' || !rows[0].path.includes('public'))
          errors.push(JSON.stringify(rows[0]));
        writes++;
      } catch (error) {
        errors.push(String(error));
      }
    }
  })();
  return async () => {
    stopped.abort();
    await work;
    await client.end();
    return { writes, errors };
  };
}

describe.skipIf(missing !== undefined)('PgBouncer in the path', { timeout: 150_000 }, () => {
  it.each([
    ['transaction', 1],
    ['session', 6],
  ] as const)(
    'in %s mode lets every source through, and an application on the same pool writes without an error',
    async (mode, poolSize) => {
      bouncer = await startPgbouncer({ postgres: dev(), mode, users: [watcher], poolSize });
      const end = await application(bouncer.port);
      const agent = observe(dev(), [{ port: bouncer.port }]);
      await agent.until(() => {
        expect(agent.metrics('pg_health').at(-1)).toMatchObject({ up: 1, pooler: true });
        for (const type of ['pg_global', 'pg_query_stats', 'pg_stats']) {
          expect(agent.metrics(type).length, type).toBeGreaterThan(2);
        }
        const shop = agent.metrics('pg_stats').filter(({ database }) => database === 'shop');
        expect(shop.some((metric) => 'tables' in metric)).toBe(true);
      });
      const { writes, errors } = await end();
      expect(errors).toEqual([]);
      expect(writes).toBeGreaterThan(10);
      const units = ['pg_health', 'pg_stats', 'pg_global', 'pg_query_stats'].map(
        (type) => `main/${type}`,
      );
      const troubles = agent.entries.filter(
        (entry) => entry.at === 'trouble' && units.includes(entry.unit),
      );
      expect(troubles).toEqual([]);
    },
  );
});

describe.skipIf(missing !== undefined)('databases = ["*"]', { timeout: 150_000 }, () => {
  it.each(['transaction', 'session'] as const)(
    'behind PgBouncer in %s mode reads every database, one that is made and one that is dropped meanwhile',
    async (mode) => {
      bouncer = await startPgbouncer({ postgres: dev(), mode, users: [watcher], poolSize: 6 });
      const agent = observe(dev(), [{ port: bouncer.port, databases: ['*'] }]);
      const since = (from: number, type: string): unknown[] =>
        [
          ...new Set(
            agent
              .metrics(type)
              .slice(from)
              .map(({ database }) => database),
          ),
        ].sort();
      await agent.until(() => {
        expect(since(0, 'pg_stats')).toEqual(['postgres', 'shop']);
        expect(since(0, 'pg_vacuum')).toEqual(['postgres', 'shop']);
      });
      await dev().sql('CREATE DATABASE later');
      await agent.until(() => {
        expect(since(0, 'pg_stats')).toContain('later');
        expect(since(0, 'pg_vacuum')).toContain('later');
      });
      // PgBouncer keeps its connection: without FORCE that would wait for its server_idle_timeout.
      await dev().sql('DROP DATABASE later WITH (FORCE)');
      const from = agent.metrics('pg_stats').length + 3;
      await agent.until(() => {
        expect(since(from, 'pg_stats')).toEqual(['postgres', 'shop']);
      });
      expect(agent.metrics('pg_health').at(-1)).toMatchObject({ up: 1, pooler: true });
      const said = agent.entries.filter(
        (entry) => entry.at === 'notice' && entry.message.includes('a pooler stands in the path'),
      );
      expect(said).toHaveLength(1);
    },
  );
});

describe.skipIf(missing !== undefined)('the console of PgBouncer', { timeout: 150_000 }, () => {
  it('is told: pools, traffic, databases, lists and limits', async () => {
    bouncer = await startPgbouncer({
      postgres: dev(),
      mode: 'transaction',
      users: [watcher],
      poolSize: 3,
    });
    const client = new pg.Client({
      host: '127.0.0.1',
      port: bouncer.port,
      user: watcher,
      database: 'shop',
    });
    await client.connect();
    await client.query('SELECT 1');
    const settings = { pgbouncer_port: bouncer.port, user: watcher };
    const metric = await lastValueFrom(
      withServer(dev(), settings, (server) =>
        pgbouncer.read(serverContext(pgbouncer, server)).pipe(take(1)),
      ).pipe(take(1)),
    ).then(({ metric }) => metric);
    await client.end();
    expect(codec(pgbouncer.metrics[0]!)(metric)).toHaveProperty('json');
    expect(metric['version']).toContain('PgBouncer');
    expect(metric['pools']).toContainEqual(
      expect.objectContaining({
        database: 'shop',
        user: watcher,
        cl_active: 1,
        pool_mode: 'transaction',
      }),
    );
    expect(metric['stats']).toContainEqual(
      expect.objectContaining({ database: 'shop', total_query_count: 1 }),
    );
    expect(metric['databases']).toContainEqual(
      expect.objectContaining({
        name: 'shop',
        port: dev().port,
        current_connections: 1,
        paused: 0,
      }),
    );
    expect(metric['lists']).toContainEqual({ name: 'used_clients', items: 2 });
    expect(metric['settings']).toContainEqual({ name: 'default_pool_size', value: '3' });
    expect(JSON.stringify(metric)).not.toContain('auth_file');
  });

  it('that is away or refuses the role is said with its reason, in time', async () => {
    bouncer = await startPgbouncer({
      postgres: dev(),
      mode: 'transaction',
      users: [watcher],
      poolSize: 3,
    });
    const read = async (set: object, enough$: Observable<unknown> = NEVER): Promise<unknown[]> => {
      const context = serverContext(pgbouncer, undefined as never);
      const troubled$ = interval(20).pipe(filter(() => context.troubles.length > 0));
      await firstValueFrom(
        withServer(dev(), set, (server) => {
          Object.assign(context, { server });
          return merge(pgbouncer.read(context), troubled$, enough$).pipe(timeout(60_000));
        }),
      );
      return context.troubles;
    };
    const [away] = await read({ pgbouncer_port: 1 });
    expect(away).toMatchObject({ reason: 'refused' });
    const [refused] = await read({ pgbouncer_port: bouncer.port, user: 'stranger' });
    expect(String(refused)).toContain('authentication failed');
    // Where none is configured there is nothing to say, however long one listens.
    expect(await read({}, timer(500))).toEqual([]);
  });
});
