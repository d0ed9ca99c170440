import { BehaviorSubject, lastValueFrom, toArray } from 'rxjs';
import { afterEach, vi } from 'vitest';
import type { PasswordSources } from '../../src/io/postgres/password.ts';
import { postgres } from '../../src/io/postgres/postgres.ts';
import { readSecret } from '../../src/io/secretFile.ts';
import type { Query, Row, Server } from '../../src/ports/server.ts';
import type { ServerSettings } from '../../src/schema/config.ts';
import { connectionSettings } from './serverContext.ts';

/** A server opened through the port, and how a test uses it. */
export interface OpenServer {
  readonly server: Server;
  readonly settings$: BehaviorSubject<ServerSettings>;
  /** All rows of one read; on lane `fast` with 1 s unless told otherwise. */
  readonly read: (sql: string, more?: Partial<Query>) => Promise<readonly Row[]>;
  /** The first column of the first row. */
  readonly value: (sql: string, more?: Partial<Query>) => Promise<string | null>;
  readonly close: () => void;
}

const open = new Set<() => void>();
afterEach(() => {
  for (const close of open) close();
  open.clear();
});

/** Opens the port to a server; closed after the test. */
export function openServer(
  set: Partial<ServerSettings>,
  passwords: Partial<PasswordSources> = {},
): OpenServer {
  const settings$ = new BehaviorSubject(connectionSettings(set));
  let server!: Server;
  const subscription = postgres({ readSecret, passFile: null, ...passwords })(settings$).subscribe(
    (opened) => (server = opened),
  );
  const close = (): void => {
    subscription.unsubscribe();
    open.delete(close);
  };
  open.add(close);
  const read: OpenServer['read'] = async (sql, more) => {
    const query: Query = { name: 'test/read', sql, lane: 'fast', timeoutMs: 1000, ...more };
    return (await lastValueFrom(server.query(query).pipe(toArray()))).flat();
  };
  const value: OpenServer['value'] = async (sql, more) => (await read(sql, more))[0]?.[0] ?? null;
  return { server, settings$, read, value, close };
}

/** Waits until a condition holds; fails after 10 s. */
export const eventually = (condition: () => unknown): Promise<unknown> =>
  vi.waitFor(condition, { timeout: 10_000, interval: 20 });
