import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { startBackend } from '../../dev/backend/startBackend.ts';
import { type DevPostgres, startPostgres } from '../../dev/postgres.ts';
import { bundle } from '../bundle.ts';
import { pause, privateMb, residentMb, usedMs, usedMsOfAll } from '../processes.ts';
import { type AgentProcess, PERIOD_S, startAgent } from './agentProcess.ts';
import { fillCatalog } from './catalog.ts';
import { missing, startExporter } from './exporter.ts';

/** What one read of everything costs, in ms of CPU, and the memory of who reads, in MB. */
export interface Cost {
  readonly client: number;
  readonly server: number;
  readonly peak: number;
}

export interface Figures {
  /** With the limits of lists that are set by default. */
  readonly agent: Cost;
  /** With every table and index listed. */
  readonly everything: Cost;
  /** Undefined where it is not installed. */
  readonly exporter: Cost | undefined;
  /** As `agent`, with pg_stat_statements too. */
  readonly whole: Cost & { readonly backend: number };
}

/** Rounds in turn, and reads in each. */
const ROUNDS = 2;
const READS = 3;

/** Who is measured: what reads, for so many reads, and is still otherwise. */
interface Reader {
  readonly pid: number;
  readonly read: () => Promise<unknown>;
  readonly stop: () => Promise<unknown>;
}

/** Measures on a server with so many tables, each reader in its turn, twice. */
export async function measured(tables: number): Promise<Figures> {
  const releases: (() => unknown)[] = [];
  try {
    const folder = await mkdtemp(join(tmpdir(), 'pganalytics-bench-'));
    releases.push(() => rm(folder, { recursive: true, force: true }));
    const main = await bundle(folder);
    const postgres = await startPostgres({
      settings: {
        ...{ max_locks_per_transaction: 4096, shared_buffers: '256MB', autovacuum: 'off' },
        'pg_stat_statements.max': 10_000,
      },
    });
    releases.push(() => postgres.stop());
    await fillCatalog(postgres, tables);
    const backend = await startBackend({ lossless: false, keep: false });
    releases.push(() => backend.stop());

    const agent = async (name: string, set: { statements: boolean; everything: boolean }) => {
      const home = await mkdtemp(join(folder, name));
      const started: AgentProcess = await startAgent(main, home, { postgres, backend, ...set });
      releases.push(started.stop);
      // The start and the first reads are behind it.
      await pause(25_000);
      process.kill(started.pid, 'SIGSTOP');
      const read = async (): Promise<void> => {
        const before = backend.received.counts.get('pg_stats') ?? 0;
        process.kill(started.pid, 'SIGCONT');
        await pause(READS * PERIOD_S * 1_000);
        process.kill(started.pid, 'SIGSTOP');
        const came = (backend.received.counts.get('pg_stats') ?? 0) - before;
        if (came < READS - 1) throw new Error(`the agent reads too little: ${started.log()}`);
      };
      const reader: Reader = { pid: started.pid, read, stop: started.stop };
      return reader;
    };
    const exporter = missing() ? undefined : await startExporter(folder, postgres);
    if (exporter) releases.push(exporter.stop);
    const scrapes = async (): Promise<void> => {
      for (let read = 0; read < READS; read++) {
        await Promise.all([exporter?.scrape(), pause(PERIOD_S * 1_000)]);
      }
    };
    const readers: Readonly<Record<string, Reader>> = {
      ...(exporter && { exporter: { pid: exporter.pid, read: scrapes, stop: exporter.stop } }),
      agent: await agent('agent', { statements: false, everything: false }),
      everything: await agent('everything', { statements: false, everything: true }),
      whole: await agent('whole', { statements: true, everything: false }),
    };
    const costs = await inTurn(readers, postgres);
    const whole = costs['whole'] as Cost;
    const watched = readers['whole'] as Reader;
    const [highest] = await Promise.all([largestBackend(postgres), watched.read()]);
    const figures = { ...costs, whole: { ...whole, backend: highest } } as unknown as Figures;
    process.stdout.write(`  ${tables} tables: ${JSON.stringify(figures)}\n`);
    return figures;
  } finally {
    for (const release of releases.reverse()) await release();
  }
}

/** The costs of one read of each, by name. */
async function inTurn(
  readers: Readonly<Record<string, Reader>>,
  postgres: DevPostgres,
): Promise<Readonly<Record<string, Cost>>> {
  const spent = new Map<string, { client: number; server: number }>();
  let idle = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const before = usedMsOfAll(postgres.pid);
    await pause(PERIOD_S * 1_000);
    idle += (usedMsOfAll(postgres.pid) - before) / ROUNDS;
    for (const [name, { pid, read }] of Object.entries(readers)) {
      const from = { client: usedMs(pid), server: usedMsOfAll(postgres.pid) };
      await read();
      const sum = spent.get(name) ?? { client: 0, server: 0 };
      sum.client += usedMs(pid) - from.client;
      sum.server += usedMsOfAll(postgres.pid) - from.server;
      spent.set(name, sum);
    }
  }
  const reads = ROUNDS * READS;
  return Object.fromEntries(
    [...spent].map(([name, { client, server }]) => {
      const { peak } = residentMb(readers[name]?.pid ?? 0);
      return [name, { client: client / reads, server: server / reads - idle, peak }];
    }),
  );
}

/** The highest memory of its own that a backend of the agent has while it reads, in MB. */
async function largestBackend(postgres: DevPostgres): Promise<number> {
  const watcher: pg.Client = await postgres.connect();
  let highest = 0;
  try {
    const until = performance.now() + READS * PERIOD_S * 1_000;
    while (performance.now() < until) {
      const { rows } = await watcher.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_get_activity(NULL) WHERE application_name = 'pganalytics-collector'`,
      );
      for (const { pid } of rows) highest = Math.max(highest, privateMb(pid) || 0);
      await pause(20);
    }
  } finally {
    await watcher.end();
  }
  return highest;
}
