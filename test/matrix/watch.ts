import { Subject, map, merge, of, takeUntil, tap } from 'rxjs';
import { expect, onTestFinished, vi } from 'vitest';
import type { DevPostgres } from '../../dev/postgres.ts';
import { host as openHost } from '../../src/io/host.ts';
import { logs } from '../../src/io/logs.ts';
import type { Host } from '../../src/ports/host.ts';
import { codec } from '../../src/schema/codec.ts';
import type { ServerSettings } from '../../src/schema/config.ts';
import type { Metric } from '../../src/schema/metric.ts';
import { registry } from '../../src/sources/registry.ts';
import type { ServerSource } from '../../src/sources/source.ts';
import { fakeHost } from '../support/hostContext.ts';
import { serverContext, withServer } from '../support/serverContext.ts';

/** Every source that reads a server by itself: queries of one's own have to be written first. */
export const serverSources: readonly ServerSource[] = registry.filter(
  (source) => source.scope === 'server' && source.type !== 'custom',
) as readonly ServerSource[];

const { read, processFiles } = openHost();
/** What sources of servers read of this host. */
const host: Host = fakeHost({
  read,
  processFiles,
  facts: () =>
    of({
      hostname: 'db1',
      platform: 'linux',
      kernel: '6.1',
      architecture: 'x64',
      cpuModel: null,
      cpuCount: 2,
      memoryBytes: 1,
      nodeVersion: process.version,
    }),
});

/** Sources at work on one server, as the agent runs them: sharing its connections and its facts. */
export interface Watch {
  readonly metrics: readonly Metric[];
  /** What the sources reported, as `<type>: <message>`. */
  readonly troubles: readonly string[];
  /** The newest metric of a type. */
  readonly newest: (type: string) => Metric | undefined;
  /** How many metrics of a type came. */
  readonly count: (type: string) => number;
  /** Waits until a check holds; fails after 60 s with what the check said. */
  readonly until: (check: () => void) => Promise<void>;
  /** Forgets what came so far. */
  readonly clear: () => void;
  /** Ends it before the test does: what is being read is read to its end, and the connections are gone. */
  readonly stop: () => Promise<void>;
}

export interface WatchOptions {
  readonly connection: Partial<ServerSettings>;
  readonly sources?: readonly ServerSource[];
  /** Sections by type; `interval` is the least that the section allows. */
  readonly settings?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Between two readings, in s; the first is made at once. */
function leastInterval({ settings }: ServerSource): number {
  const { interval } = settings['properties'] as { readonly interval?: { minimum?: number } };
  return interval?.minimum ?? 1;
}

/**
 * Runs sources on a real server until the test ends. Every metric must fit its schema; none may throw. The end drains,
 * as that of the agent does: a read cut short would stand in the log of the server as an error.
 */
export function watch(server: DevPostgres, options: WatchOptions): Watch {
  const { connection, sources = serverSources, settings = {} } = options;
  const metrics: Metric[] = [];
  const troubles: string[] = [];
  const broken: string[] = [];
  const stop$ = new Subject<void>();
  const drained$ = new Subject<void>();
  const subscription = withServer(server, connection, (monitored) =>
    merge(
      ...sources.map((source) => {
        const codecs = new Map(
          source.metrics.map((schema) => [schema.properties['type']!.const, codec(schema)]),
        );
        const context = serverContext(source, monitored, {
          settings: {
            interval: leastInterval(source),
            ...settings[source.type],
          },
          host,
          logs: logs(),
          stop$,
          trouble: (error) => troubles.push(`${source.type}: ${String(error)}`),
        });
        return source.read(context).pipe(
          map(({ metric }) => metric),
          tap((metric) => {
            const checked = codecs.get(metric.type)?.(metric) ?? {
              problem: `no type ${metric.type}`,
            };
            if ('problem' in checked) broken.push(`${source.type}: ${checked.problem}`);
            metrics.push(metric);
          }),
        );
      }),
    ).pipe(tap({ complete: () => drained$.next() })),
  )
    .pipe(takeUntil(drained$))
    .subscribe({ error: (error: unknown) => broken.push(String(error)) });
  const stop = async (): Promise<void> => {
    stop$.next();
    try {
      await vi.waitFor(() => expect(subscription.closed).toBe(true), { timeout: 30_000 });
    } finally {
      subscription.unsubscribe();
    }
  };
  onTestFinished(stop);
  const typed = (type: string) => metrics.filter((metric) => metric.type === type);
  return {
    metrics,
    troubles,
    newest: (type) => typed(type).at(-1),
    count: (type) => typed(type).length,
    until: async (check) => {
      await vi.waitFor(check, { timeout: 60_000, interval: 50 });
      expect(broken).toStrictEqual([]);
    },
    clear: () => {
      metrics.length = 0;
      troubles.length = 0;
    },
    stop: async () => {
      await stop();
      await vi.waitFor(
        async () =>
          expect(
            await server.sql(
              `SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'pganalytics%'`,
            ),
          ).toStrictEqual([]),
        { timeout: 30_000, interval: 50 },
      );
    },
  };
}
