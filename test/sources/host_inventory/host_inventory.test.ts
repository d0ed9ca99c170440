import {
  type Observable,
  asyncScheduler,
  defer,
  lastValueFrom,
  map,
  of,
  take,
  throwError,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { UnreachableError } from '../../../src/errors.ts';
import { host } from '../../../src/io/host.ts';
import type { Query, Row } from '../../../src/ports/server.ts';
import { codec } from '../../../src/schema/codec.ts';
import { version } from '../../../src/schema/version.ts';
import { hostInventory } from '../../../src/sources/host_inventory/hostInventory.ts';
import { mainSettings } from '../../../src/sources/host_inventory/mainSettings.ts';
import { serverInventory } from '../../../src/sources/host_inventory/serverInventory.ts';
import type { Sample } from '../../../src/sources/source.ts';
import { fakeHost, hostContext } from '../../support/hostContext.ts';
import { marbles } from '../../support/marbles.ts';
import { withPostgres } from '../../support/postgres.ts';
import { fakeServer, serverContext, withServer } from '../../support/serverContext.ts';

const check = codec(hostInventory.metrics[0]!);
const facts = {
  hostname: 'db1.example.org',
  platform: 'Debian GNU/Linux 12 (bookworm)',
  kernel: '6.1.0-13-amd64',
  architecture: 'x64',
  cpuModel: null,
  cpuCount: 4,
  memoryBytes: 17_179_869_184,
  nodeVersion: 'v20.20.2',
};
const described = fakeHost({ facts: () => of(facts) });
const hostPart = {
  host: 'db1',
  os: 'Debian GNU/Linux 12 (bookworm)',
  kernel: '6.1.0-13-amd64',
  architecture: 'x64',
  cpu_model: null,
  cpu_count: 4,
  memory_bytes: 17_179_869_184,
  node_version: 'v20.20.2',
  collector_version: version,
};
const serverFacts = { version: '18.4', versionNum: 180_004, startedAt: '2026-01-02T03:04:05Z' };

/** Whether each metric is of the host alone or of a server. */
function seen(source: Observable<Sample>): Observable<string> {
  return source.pipe(
    map(({ metric }) => {
      expect(check(metric)).toHaveProperty('json');
      return 'server' in metric ? 'main' : 'host';
    }),
  );
}

describe('host_inventory', () => {
  it('has one section and one schema for both of its parts', () => {
    expect(serverInventory.type).toBe(hostInventory.type);
    expect(serverInventory.settings).toBe(hostInventory.settings);
    expect(serverInventory.metrics).toStrictEqual(hostInventory.metrics);
  });

  it(
    'tells of the host at the start and daily, without any server',
    marbles(({ expectObservable }) => {
      const context = hostContext(hostInventory, { host: described });
      expectObservable(hostInventory.read(context), '1500m !').toBe('a 86399999ms b', {
        a: {
          metric: { type: 'host_inventory', timestamp: '1970-01-01T00:00:00.000Z', ...hostPart },
        },
        b: {
          metric: { type: 'host_inventory', timestamp: '1970-01-02T00:00:00.000Z', ...hostPart },
        },
      });
    }),
  );

  it(
    'tells of a server with the host that the collector runs on',
    marbles(({ expectObservable }) => {
      const rows: Row[] = [
        ['archive_timeout', '0', 's', 'default', 'f'],
        ['shared_buffers', '16384', '8kB', 'configuration file', 't'],
      ];
      const server = fakeServer(() => of(rows), {}, serverFacts);
      const context = serverContext(serverInventory, server, { host: described });
      expectObservable(serverInventory.read(context), '1s !').toBe('a', {
        a: {
          metric: {
            type: 'host_inventory',
            timestamp: '1970-01-01T00:00:00.000Z',
            ...hostPart,
            server: 'main',
            server_local: true,
            server_version: '18.4',
            server_version_num: 180_004,
            server_started_at: '2026-01-02T03:04:05Z',
            settings: [
              {
                name: 'archive_timeout',
                value: '0',
                unit: 's',
                source: 'default',
                pending_restart: false,
              },
              {
                name: 'shared_buffers',
                value: '16384',
                unit: '8kB',
                source: 'configuration file',
                pending_restart: true,
              },
            ],
          },
        },
      });
    }),
  );

  it(
    'tries a server that is down every minute until it could be read, then daily again',
    marbles(({ expectObservable, flush }) => {
      const asked: number[] = [];
      function answer(): Observable<readonly Row[]> {
        asked.push(asyncScheduler.now());
        return asyncScheduler.now() < 150_000
          ? throwError(() => new UnreachableError('refused', 'nobody listens', null))
          : of([]);
      }
      const server = fakeServer(answer, {}, serverFacts);
      const context = serverContext(serverInventory, server, { host: described });
      expectObservable(seen(serverInventory.read(context)), '1800m !').toBe('180s m 86219999ms m', {
        m: 'main',
      });
      flush();
      expect(asked).toStrictEqual([0, 60_000, 120_000, 180_000, 86_400_000]);
      expect(context.troubles).toMatchObject([
        { code: 'ERR_UNREACHABLE' },
        { code: 'ERR_UNREACHABLE' },
        { code: 'ERR_UNREACHABLE' },
      ]);
    }),
  );

  it(
    'pauses when it is off and ends with stop',
    marbles(({ cold, expectObservable }) => {
      const server = fakeServer(() => of([]), {}, serverFacts);
      const off = serverContext(serverInventory, server, {
        host: described,
        settings: { enabled: false },
      });
      expectObservable(serverInventory.read(off), '4320m !').toBe('');
      const stop$ = cold('1s s', { s: undefined });
      const ending = serverContext(serverInventory, server, { host: described, stop$ });
      expectObservable(seen(serverInventory.read(ending))).toBe('m 999ms |', { m: 'main' });
    }),
  );

  it('asks for no setting that can hold a secret', () => {
    const secret = /command|conninfo|passw?(?!word_encryption)|key|secret|restore|include/;
    expect(
      mainSettings.filter((name) => name !== 'password_encryption' && secret.test(name)),
    ).toStrictEqual([]);
    expect(new Set(mainSettings).size).toBe(mainSettings.length);
  });

  it('reads nothing but the settings on its list, in one query with one parameter', () => {
    const queries: Query[] = [];
    const server = fakeServer(
      (query) =>
        defer(() => {
          queries.push(query);
          return of([]);
        }),
      {},
      serverFacts,
    );
    const context = serverContext(serverInventory, server, { host: described });
    serverInventory.read(context).pipe(take(1)).subscribe();
    expect(queries).toHaveLength(1);
    expect(queries[0]?.values).toStrictEqual([mainSettings]);
  });
});

describe('host_inventory of a real server', () => {
  const postgres = withPostgres({ settings: { maintenance_work_mem: '12MB' } });

  it('has its version and settings, and the facts of this host', async () => {
    const port = host();
    try {
      const sample$ = withServer(postgres(), {}, (server) =>
        serverInventory.read(serverContext(serverInventory, server, { host: port })),
      );
      const { metric } = await lastValueFrom(sample$.pipe(take(1)));
      expect(check(metric)).toHaveProperty('json');
      expect(metric).toMatchObject({
        server: 'main',
        server_local: true,
        server_version: expect.stringMatching(/^18\./) as string,
        node_version: process.version,
      });
      const settings = metric['settings'] as readonly { name: string; value: string | null }[];
      expect(settings).toContainEqual({
        name: 'maintenance_work_mem',
        value: '12288',
        unit: 'kB',
        source: 'configuration file',
        pending_restart: false,
      });
      // What the collector set for its own session is not the server's.
      expect(settings.find(({ name }) => name === 'lock_timeout')).toMatchObject({ value: null });
      expect(settings.find(({ name }) => name === 'TimeZone')).toMatchObject({ value: null });
      expect(settings.length).toBeGreaterThan(70);
      expect(mainSettings).toEqual(expect.arrayContaining(settings.map(({ name }) => name)));
    } finally {
      port.close();
    }
  });
});
