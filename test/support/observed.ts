import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { BehaviorSubject, NEVER, type Observable, ReplaySubject, map, tap } from 'rxjs';
import { onTestFinished, vi } from 'vitest';
import type { DevPostgres } from '../../dev/postgres.ts';
import { postgres } from '../../src/io/postgres/postgres.ts';
import { readSecret } from '../../src/io/secretFile.ts';
import type { Query, Server } from '../../src/ports/server.ts';
import { codec } from '../../src/schema/codec.ts';
import type { Config, ServerSettings } from '../../src/schema/config.ts';
import type { Entry } from '../../src/schema/journal.ts';
import type { Metric } from '../../src/schema/metric.ts';
import { registry } from '../../src/sources/registry.ts';
import { collect } from '../../src/streams/collect.ts';
import { openJournal } from '../../src/streams/journal.ts';
import { heldUp } from './heldUp.ts';
import { fakeHost, settingsOf } from './hostContext.ts';
import { connectionSettings } from './serverContext.ts';

/** A query of the agent that was asked, by `performance.now()`. */
interface Asked {
  readonly server: string;
  readonly name: string;
  readonly at: number;
}

/** All sources at work on real servers, as the agent runs them, and what of it a server and a user notice. */
export interface Observed {
  readonly entries: readonly Entry[];
  readonly metrics: (type: string, server?: string) => readonly Metric[];
  readonly asked: readonly Asked[];
  /**
   * The longest time between two reads of a source since a moment (`performance.now()`), in ms; less what this machine
   * held up another session meanwhile, three times: a read asks several times.
   */
  readonly longestGap: (source: string, since: number, server?: string) => number;
  /** The highest number of its backends that `ps` showed so far. */
  readonly mostBackends: () => number;
  /** The messages of what went wrong. */
  readonly troubles: () => readonly string[];
  readonly configure: (servers: readonly Partial<ServerSettings>[]) => void;
  /** Waits until a check holds; fails after 90 s. */
  readonly until: (check: () => unknown) => Promise<unknown>;
}

/** The role that it logs in as; `ps` shows it. */
export const watcher = 'watcher';
export const watcherRole = `CREATE ROLE ${watcher} LOGIN CONNECTION LIMIT 4 IN ROLE pg_monitor`;

const sources = registry.filter(({ scope, follows }) => scope === 'server' && !follows);

/**
 * Runs every source that reads a server on a clock until the test ends: `pg_health` each second, the others every two;
 * tables and indexes too.
 */
export function observe(
  dev: DevPostgres,
  servers: readonly Partial<ServerSettings>[] = [{}],
  sections: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {},
): Observed {
  const entries: Entry[] = [];
  const asked: Asked[] = [];
  const journal = openJournal();
  journal.entries$.subscribe((entry) => entries.push(entry));
  const own = (set: Partial<ServerSettings>): ServerSettings =>
    connectionSettings({
      host: dev.host,
      port: dev.port,
      user: watcher,
      databases: ['*'],
      budget: 100,
      ...set,
    });
  const often: typeof sections = {
    pg_health: { interval: 1 },
    pg_stats: { relations_interval: 2 },
  };
  const config = (list: readonly Partial<ServerSettings>[]): Config =>
    ({
      postgres: list.map(own),
      privacy: { redact: 'default' },
      sections: Object.fromEntries(
        sources.map((source) => {
          const set = {
            interval: 2,
            ...often[source.type],
            ...sections[source.type],
          };
          return [source.type, settingsOf(source, set)];
        }),
      ),
    }) as unknown as Config;
  const config$ = new BehaviorSubject(config(servers));
  const stop$ = new ReplaySubject<void>(1);
  function watched(settings$: Observable<ServerSettings>): Observable<Server> {
    let name = '';
    function noted(server: Server): Server {
      function query(read: Query): ReturnType<Server['query']> {
        asked.push({ server: name, name: read.name, at: performance.now() });
        return server.query(read);
      }
      const watching: Server = { ...server, query };
      return watching;
    }
    const named$ = settings$.pipe(tap((settings) => (name = settings.name)));
    return postgres({ readSecret, passFile: null })(named$).pipe(map(noted));
  }
  const subscription = collect({
    config$,
    journal,
    host: fakeHost({}),
    logs: () => NEVER,
    hostname: 'db1',
    phase: 0,
    random: Math.random,
    marks: {},
    stored$: NEVER,
    sources,
    stop$,
    codecs: new Map(
      sources.flatMap(({ metrics }) =>
        metrics.map((schema) => [String(schema.properties['type']?.const), codec(schema)] as const),
      ),
    ),
    postgres: watched,
  }).subscribe();

  const heldUpMs = heldUp(dev);
  let most = 0;
  const count = async (): Promise<void> => {
    most = Math.max(most, await backends(dev));
  };
  const watch = setInterval(() => void count().catch(() => undefined), 150);
  onTestFinished(() => {
    clearInterval(watch);
    subscription.unsubscribe();
  });
  return {
    entries,
    asked,
    metrics: (type, server = 'main') =>
      entries.flatMap((entry) =>
        entry.at === 'validated' && entry.metric.type === type && entry.metric['server'] === server
          ? [entry.metric]
          : [],
      ),
    longestGap: (source, since, server = 'main') => {
      const starts = asked
        .filter((each) => each.server === server && each.name.startsWith(`${source}/`))
        .map(({ at }) => at)
        .filter((at) => at >= since);
      const times = [since, ...starts, performance.now()];
      const longest = Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? at)));
      return longest - 3 * heldUpMs(since);
    },
    mostBackends: () => most,
    troubles: () => entries.flatMap((entry) => (entry.at === 'trouble' ? entry.message : [])),
    configure: (list) => config$.next(config(list)),
    until: (check) => vi.waitFor(check, { timeout: 90_000, interval: 50 }),
  };
}

/** The backends of the agent that `ps` shows. */
export async function backends({ pid }: DevPostgres): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'args=', '--ppid', String(pid)]);
  return stdout.split('\n').filter((line) => line.includes(`: ${watcher} `)).length;
}
