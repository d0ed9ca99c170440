import pg from 'pg';
import type { DevPostgres } from './postgres.ts';
import { random } from './workload/random.ts';
import { Session } from './workload/session.ts';
import { steps } from './workload/steps.ts';
import { tables } from './workload/tables.ts';

export interface WorkloadOptions {
  /** Steps a second over all sessions; those that come too late are left out. Default: 20. */
  readonly ratePerS?: number;
  /** Sessions in each database, with two connections each. Default: 2. */
  readonly sessions?: number;
  /** Where to work; those that do not exist are created. Default: `postgres`. */
  readonly databases?: readonly string[];
  /** Decides the sequence of steps of each session. Default: 1. */
  readonly seed?: number;
  /** Names of the only steps to take. Default: all. */
  readonly only?: readonly string[];
}

/** Clients at work. */
export interface Workload {
  /** Steps that were taken, by name. */
  readonly taken: ReadonlyMap<string, number>;
  /** Errors that PostgreSQL raised, by SQLSTATE. */
  readonly errors: ReadonlyMap<string, number>;
  /** Changes the pace, in steps a second. */
  setRate(ratePerS: number): void;
  /** Ends after the steps that are being taken, and closes the connections. The tables stay. */
  stop(): Promise<void>;
}

/**
 * Makes a small shop in a throw-away server and lets its clients work: inserts, updates, deletes, queries, waits, locks,
 * and now and then an error or a deadlock. Survives restarts of the server.
 */
export async function startWorkload(
  server: Pick<DevPostgres, 'connect' | 'sql'>,
  options: WorkloadOptions = {},
): Promise<Workload> {
  const { sessions = 2, databases = ['postgres'], seed = 1, only } = options;
  const chosen = only ? steps.filter(({ name }) => only.includes(name)) : steps;
  if (chosen.length === 0) throw new Error(`There is no step among ${String(only)}`);
  await prepare(server, databases);
  const taken = new Map<string, number>();
  const errors = new Map<string, number>();
  const pace = { ratePerS: options.ratePerS ?? 20 };
  const stopping = new AbortController();
  const places = databases.flatMap((database) => Array<string>(sessions).fill(database));
  const running = places.map((database, index) => {
    const session = new Session(
      () => server.connect(database),
      random(seed * 1000 + index),
      chosen,
    );
    const periodMs = () => (1000 * places.length) / pace.ratePerS;
    return session.run(periodMs, stopping.signal, (step, sqlstate) => {
      count(taken, step.name);
      if (sqlstate !== null) count(errors, sqlstate);
    });
  });
  return {
    taken,
    errors,
    setRate: (ratePerS) => void (pace.ratePerS = ratePerS),
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

async function prepare(server: Pick<DevPostgres, 'connect' | 'sql'>, databases: readonly string[]) {
  for (const database of databases) {
    const [found] = await server.sql(
      `SELECT 1 FROM pg_database WHERE datname = ${pg.escapeLiteral(database)}`,
    );
    if (!found) await server.sql(`CREATE DATABASE ${pg.escapeIdentifier(database)}`);
    await server.sql(tables, database);
  }
}

const count = (counts: Map<string, number>, key: string) =>
  counts.set(key, (counts.get(key) ?? 0) + 1);
