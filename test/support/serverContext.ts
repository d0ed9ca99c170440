import { type Observable, of, switchMap } from 'rxjs';
import type { DevPostgres } from '../../dev/postgres.ts';
import { postgres } from '../../src/io/postgres/postgres.ts';
import type { Query, Row } from '../../src/ports/server.ts';
import type { ServerFacts } from '../../src/postgres/facts.ts';
import type { ServerSettings } from '../../src/schema/config.ts';
import type { MonitoredServer, ServerContext, Source } from '../../src/sources/source.ts';
import { monitored } from '../../src/streams/collect/servers.ts';
import { type Reports, fakeHost, held, hostContext } from './hostContext.ts';

/** The settings of a connection, as the configuration gives them. */
export const connectionSettings = (set: Partial<ServerSettings> = {}): ServerSettings => ({
  name: 'main',
  host: '127.0.0.1',
  port: 5432,
  user: 'postgres',
  database: 'postgres',
  databases: [],
  exclude_databases: [],
  connect_timeout: 5,
  budget: 1,
  ...set,
});

/** The context of a source that reads a server; see `hostContext`. */
export const serverContext = (
  source: Source,
  server: MonitoredServer,
  set: Parameters<typeof hostContext>[1] = {},
): ServerContext<never> & Reports =>
  Object.assign(hostContext(source, { host: fakeHost({ device: () => of(1) }), ...set }), {
    server,
  });

/** Connects to a running server while what is made of it is subscribed to. */
export function withServer<T>(
  { host, port }: DevPostgres,
  set: Partial<ServerSettings>,
  use: (server: MonitoredServer) => Observable<T>,
): Observable<T> {
  const settings$ = held(connectionSettings({ host, port, ...set }));
  const passwords = { readSecret: () => Promise.reject(new Error('none')), passFile: null };
  return postgres(passwords)(settings$).pipe(
    switchMap((server) => use(monitored('main', server, settings$))),
  );
}

/** A server that answers each query as the test says; all of PostgreSQL's columns are there. */
export function fakeServer(
  answer: (query: Query) => Observable<readonly Row[]>,
  set: Partial<ServerSettings> = {},
  facts: Partial<ServerFacts> = {},
): MonitoredServer {
  const known = { has: () => true, isOn: () => true, setting: () => null, ...facts };
  const server: MonitoredServer = {
    name: 'main',
    settings$: held(connectionSettings(set)),
    query: answer,
    connection: () => ({ connectMs: 1, pooler: false, local: true }),
    facts: () => of(known as unknown as ServerFacts),
    knownFacts: () => known as unknown as ServerFacts,
    forget: () => undefined,
  };
  return server;
}
