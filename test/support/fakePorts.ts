import { NEVER, Observable, concatMap, finalize, map, of, timer } from 'rxjs';
import { configFormat } from '../../src/io/config/configFormat.ts';
import { memorySpool } from '../../src/io/memorySpool.ts';
import type { Ports } from '../../src/ports.ts';
import type { PulledText } from '../../src/ports/configFile.ts';
import type { Identity } from '../../src/ports/identity.ts';
import type { Row, Server } from '../../src/ports/server.ts';
import type { Spool } from '../../src/ports/spool.ts';
import type { ServerSettings } from '../../src/schema/config.ts';
import type { Header, Payload } from '../../src/schema/payload.ts';
import { decodeFake } from './fakeTokens.ts';
import { fakeHost } from './hostContext.ts';

/** Ports for virtual time, and what they know of their use. */
export interface FakePorts {
  readonly ports: Ports;
  /** Subscriptions that are open now, by port. */
  readonly open: Readonly<Record<'postgres' | 'query' | 'logs' | 'spool', number>>;
  /** The names of the servers that were opened, in order; `-name` where one was closed. */
  readonly servers: readonly string[];
  /** What is stored. */
  readonly identity: () => Identity | null;
}

export interface FakePortsOptions {
  readonly http: Ports['http'];
  /** Default: one row with the number of the query. */
  readonly rows?: readonly Row[];
  /** How long a query takes, in ms. Default 5. */
  readonly queryMs?: number;
  /** How long each `append` of the spool takes, in ms. Default 0. */
  readonly appendMs?: number | (() => number);
  /** What an earlier run stored. */
  readonly identity?: Identity;
  readonly replace?: Partial<Ports>;
}

/** The outside world in virtual time: every call takes time on the scheduler, ends when unsubscribed, and is counted. */
export function fakePorts(options: FakePortsOptions): FakePorts {
  const { http, rows = [['1']], queryMs = 5, appendMs = 0, replace = {} } = options;
  const open = { postgres: 0, query: 0, logs: 0, spool: 0 };
  const servers: string[] = [];
  let identity = options.identity ?? null;
  let pulled: PulledText | null = null;

  function counted<T>(name: keyof typeof open, source: Observable<T>): Observable<T> {
    return new Observable((subscriber) => {
      open[name]++;
      return source.pipe(finalize(() => open[name]--)).subscribe(subscriber);
    });
  }
  function postgres(settings$: Observable<ServerSettings>): Observable<Server> {
    return counted(
      'postgres',
      new Observable((subscriber) => {
        let name = '';
        subscriber.add(settings$.subscribe((settings) => (name = settings.name)));
        servers.push(name);
        subscriber.add(() => servers.push(`-${name}`));
        const server: Server = {
          query: () => counted('query', timer(queryMs).pipe(map(() => rows))),
          connection: () => ({ connectMs: 1, pooler: false, local: true }),
        };
        subscriber.next(server);
      }),
    );
  }
  function spool(limits: Parameters<Ports['spool']>[0]): Observable<Spool> {
    return counted('spool', memorySpool(limits)).pipe(
      map((kept) => {
        function append(payload: Payload): Observable<Header> {
          const ms = typeof appendMs === 'function' ? appendMs() : appendMs;
          return ms === 0
            ? kept.append(payload)
            : timer(ms).pipe(concatMap(() => kept.append(payload)));
        }
        const { marks, recovered, entries$, waiting$, evicted$, pressure$, news$, aside } = kept;
        const slow: Spool = {
          ...{ marks, recovered, entries$, waiting$, evicted$, pressure$, news$, aside, append },
          read: (entry) => kept.read(entry),
          settle: (entry, fate) => kept.settle(entry, fate),
          close: () => kept.close(),
        };
        return slow;
      }),
    );
  }
  const ports: Ports = {
    postgres,
    http,
    spool,
    configFormat,
    configFile: { read: () => NEVER, follow: () => NEVER },
    identity: {
      load: () => of(identity),
      save: (given) => {
        identity = given;
        return of(undefined);
      },
    },
    jwt: { sign: () => NEVER, decode: decodeFake },
    secret: () => of(Buffer.from('a-secret-for-registering')),
    pulledStore: {
      load: () => of(pulled),
      save: (given) => {
        pulled = given;
        return of(undefined);
      },
    },
    host: fakeHost({
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
    }),
    logs: () => counted('logs', NEVER),
    ...replace,
  };
  return { ports, open, servers, identity: () => identity };
}
