import { BehaviorSubject, NEVER, type Observable, finalize, merge, switchMap } from 'rxjs';
import { beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { postgres } from '../../src/io/postgres/postgres.ts';
import type { Query, Row, Server } from '../../src/ports/server.ts';
import { registry } from '../../src/sources/registry.ts';
import type { ServerSource } from '../../src/sources/source.ts';
import { monitored } from '../../src/streams/collect/servers.ts';
import { watcherRole } from '../support/observed.ts';
import { withPostgres } from '../support/postgres.ts';
import { connectionSettings, serverContext } from '../support/serverContext.ts';

const dev = withPostgres({ settings: { 'pg_stat_statements.track_planning': 'on' } });
beforeAll(async () => {
  await dev().sql(`${watcherRole}; CREATE EXTENSION pg_stat_statements;
    CREATE TABLE orders AS SELECT n AS id FROM generate_series(1, 1000) AS n`);
});

/** What is charged for the statements of one source: how many they are, and how long they took, in ms. */
interface Charge {
  readonly statements: number;
  readonly ms: number;
}

const idle = ['custom', 'pg_log', 'pg_processes', 'pgbouncer'];
const sources = registry.filter(
  ({ scope, type }) => scope === 'server' && !idle.includes(type),
) as readonly ServerSource[];

/** Runs all sources until each has read, and no statement is in flight. */
async function charged(): Promise<ReadonlyMap<string, Charge>> {
  const { host, port } = dev();
  const settings$ = new BehaviorSubject(connectionSettings({ host, port, user: 'watcher' }));
  const charges = new Map<string, Charge>();
  let running = 0;
  const opened$ = postgres({ readSecret: () => NEVER as never, passFile: null })(settings$);
  const subscription = opened$
    .pipe(
      switchMap((server) => {
        function query(read: Query): Observable<readonly Row[]> {
          const took = (ms: number): void => {
            const [source = ''] = read.name.split('/');
            const so = charges.get(source) ?? { statements: 0, ms: 0 };
            charges.set(source, { statements: so.statements + 1, ms: so.ms + ms });
          };
          running++;
          return server.query({ ...read, took }).pipe(finalize(() => running--));
        }
        const timed: Server = { ...server, query };
        const seen = monitored('main', timed, settings$);
        return merge(...sources.map((source) => source.read(serverContext(source, seen))));
      }),
    )
    .subscribe();
  onTestFinished(() => {
    subscription.unsubscribe();
  });
  await vi.waitFor(
    () => {
      expect(sources.filter(({ type }) => !charges.has(type))).toEqual([]);
      expect(running).toBe(0);
      subscription.unsubscribe();
    },
    { timeout: 25_000, interval: 5 },
  );
  return charges;
}

it('the server counts as many statements of the sources as they are charged for, and no more time', async () => {
  const charges = [...(await charged()).values()];
  const [counted] = await dev().sql(
    `SELECT sum(calls) FILTER (WHERE of <> 'session')::int AS statements, sum(ms)::float8 AS ms,
       sum(ms) FILTER (WHERE of = 'session')::float8 AS "ofSessions"
     FROM (SELECT substring(query FROM 'pganalytics:(\\w+) ') AS of, calls,
         total_exec_time + total_plan_time AS ms FROM pg_stat_statements) AS s
     WHERE of IS NOT NULL`,
  );
  const statements = charges.reduce((sum, charge) => sum + charge.statements, 0);
  const ms = charges.reduce((sum, charge) => sum + charge.ms, 0);
  const { ms: inServer, ofSessions } = counted as Record<string, number>;
  // Sources that read the same share an entry, whose text has the mark of the first: only the sum can be compared.
  expect(counted!['statements']).toBe(statements);
  expect(inServer! - ofSessions!).toBeGreaterThan(1);
  expect(ms).toBeGreaterThan(inServer! - ofSessions!);
}, 60_000);
