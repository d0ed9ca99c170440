import { BehaviorSubject, NEVER, merge, switchMap } from 'rxjs';
import { beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { postgres } from '../../src/io/postgres/postgres.ts';
import type { Query, Server } from '../../src/ports/server.ts';
import { registry } from '../../src/sources/registry.ts';
import type { ServerSource } from '../../src/sources/source.ts';
import { monitored } from '../../src/streams/collect/servers.ts';
import { withPostgres } from '../support/postgres.ts';
import { connectionSettings, serverContext } from '../support/serverContext.ts';

/** Reads that know nothing of a server beforehand: what they ask for is the same on every version. */
const anywhere = [
  'facts/server',
  'facts/catalog',
  'facts/databases',
  'pg_connections/limits',
  'pg_event/life',
  'pg_health/answer',
];

/** Those that wait for a configuration, a log or /proc read nothing here. */
const idle = ['custom', 'pg_log', 'pg_processes', 'pgbouncer'];
const sources = registry.filter(
  ({ scope, type }) => scope === 'server' && !idle.includes(type),
) as readonly ServerSource[];

const dev = withPostgres({ settings: { track_functions: 'all' } });
beforeAll(async () => {
  await dev().sql('CREATE EXTENSION pg_stat_statements; CREATE EXTENSION pg_buffercache');
});

it('every statement that is written by what a server has says which start of it that was', async () => {
  const { host, port } = dev();
  const settings$ = new BehaviorSubject(connectionSettings({ host, port, databases: ['*'] }));
  const asked = new Map<string, boolean>();
  const opened$ = postgres({ readSecret: () => NEVER as never, passFile: null })(settings$);
  const subscription = opened$
    .pipe(
      switchMap((server) => {
        function query(read: Query): ReturnType<Server['query']> {
          asked.set(read.name, read.start !== undefined);
          return server.query(read);
        }
        const seen = monitored('main', { ...server, query }, settings$);
        return merge(...sources.map((source) => source.read(serverContext(source, seen))));
      }),
    )
    .subscribe();
  onTestFinished(() => {
    subscription.unsubscribe();
  });
  const read = (type: string): boolean =>
    [...asked.keys()].some((name) => name.startsWith(`${type}/`));
  await vi.waitFor(
    () => expect(sources.map(({ type }) => type).filter((type) => !read(type))).toEqual([]),
    { timeout: 20_000, interval: 50 },
  );
  const free = [...asked].flatMap(([name, isWritten]) => (isWritten ? [] : [name]));
  expect(free.filter((name) => !anywhere.includes(name))).toEqual([]);
  expect(asked.get('pg_stats/databases')).toBe(true);
});
