import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { startBackend } from '../../dev/backend/startBackend.ts';
import { type DevPostgres, startPostgres } from '../../dev/postgres.ts';
import { bundle } from '../bundle.ts';
import { pause, privateMb, residentMb, usedMs, usedMsOfAll } from '../processes.ts';
import { type AgentWishes, PERIOD_S, startAgent } from './agentProcess.ts';
import { fillCatalog } from './catalog.ts';
import { missing, startExporter } from './exporter.ts';

/** What one read of everything costs, in ms of CPU, and the memory of who reads, in MB. */
export interface Cost {
  readonly client: number;
  readonly server: number;
  readonly peak: number;
}

/** Who is measured, in this order in each round. */
export type Who = 'exporter' | 'agent' | 'tables' | 'everything' | 'whole';

export interface Figures {
  /** Of each that was measured; the exporter only where it is installed. */
  readonly costs: Readonly<Partial<Record<Who, Cost>>>;
  /** The most memory of its own that a backend of the agent had, in MB. */
  readonly backend: number;
}

/** What an agent reads and lists. */
const agents: Readonly<Record<Exclude<Who, 'exporter'>, AgentWishes>> = {
  agent: { statements: false, limits: {} },
  tables: { statements: false, limits: { max_tables: 10_000 } },
  everything: { statements: false, limits: { max_tables: 10_000, max_indexes: 20_000 } },
  whole: { statements: true, limits: {} },
};

/** Rounds in turn, and reads in each. */
const ROUNDS = 2;
const READS = 2;
/** Between two scrapes, in ms: it does nothing meanwhile. */
const SCRAPE_PAUSE_MS = 1_000;

interface Reader {
  readonly pid: number;
  /** Reads for a while; it is still otherwise. */
  readonly read: () => Promise<void>;
  /** How often it has read: only differences count. */
  readonly reads: () => Promise<number>;
}

/** Measures on a server with so many tables, each reader in its turn, twice. */
export async function measured(tables: number, who: readonly Who[]): Promise<Figures> {
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

    const agent = async (wishes: AgentWishes): Promise<Reader> => {
      const home = await mkdtemp(join(folder, 'agent'));
      const { pid, log, stop } = await startAgent(main, home, { postgres, backend, wishes });
      releases.push(stop);
      // The start and the first reads are behind it.
      await pause(25_000);
      if ((await readsOf(postgres)) === 0) throw new Error(`the agent does not read: ${log()}`);
      await stopped(pid);
      const read = async (): Promise<void> => {
        process.kill(pid, 'SIGCONT');
        await pause(READS * PERIOD_S * 1_000);
        await stopped(pid);
      };
      // One that was due while it stood still comes at once, beside those of the clock.
      return { pid, read, reads: () => readsOf(postgres) };
    };
    const readers = new Map<Who, Reader>();
    const exporter = who.includes('exporter') && !missing();
    if (exporter) readers.set('exporter', await scraped(folder, postgres, releases));
    await Promise.all(
      who.map(async (each) => {
        if (each !== 'exporter') readers.set(each, await agent(agents[each]));
      }),
    );
    const costs = await inTurn(who, readers, postgres);
    const figures = { costs, backend: await largestBackend(postgres, readers.get('whole')) };
    process.stdout.write(`  ${tables} tables: ${JSON.stringify(figures)}\n`);
    return figures;
  } finally {
    for (const release of releases.reverse()) await release();
  }
}

/** Lets a process finish what it does, and stops it: half a read would count as none. */
async function stopped(pid: number): Promise<void> {
  for (let seconds = 0; seconds < 2 * PERIOD_S; seconds++) {
    const before = usedMs(pid);
    await pause(1_000);
    if (usedMs(pid) - before <= 10) break;
  }
  process.kill(pid, 'SIGSTOP');
}

/** How often agents have read the tables, as the server counts it. */
async function readsOf(postgres: DevPostgres): Promise<number> {
  const [row] = await postgres.sql(
    `SELECT coalesce(sum(calls), 0)::int AS reads FROM pg_stat_statements
      WHERE query LIKE 'WITH /* pganalytics:pg_stats */%age(c.relfrozenxid)%'`,
  );
  return Number(row?.['reads']);
}

async function scraped(
  folder: string,
  postgres: DevPostgres,
  releases: (() => unknown)[],
): Promise<Reader> {
  const { pid, scrape, stop } = await startExporter(folder, postgres);
  releases.push(stop);
  let scrapes = 0;
  const read = async (): Promise<void> => {
    for (let read = 0; read < READS; read++) {
      await scrape();
      scrapes++;
      await pause(SCRAPE_PAUSE_MS);
    }
  };
  return { pid, read, reads: () => Promise.resolve(scrapes) };
}

/** The costs of one read of each. */
async function inTurn(
  who: readonly Who[],
  readers: ReadonlyMap<Who, Reader>,
  postgres: DevPostgres,
): Promise<Figures['costs']> {
  const spent = new Map<Who, { client: number; server: number; reads: number }>();
  // What the server uses anyway, by the ms.
  const startedAt = performance.now();
  const before = usedMsOfAll(postgres.pid);
  await pause(PERIOD_S * 1_000);
  const idle = (usedMsOfAll(postgres.pid) - before) / (performance.now() - startedAt);
  for (let round = 0; round < ROUNDS; round++) {
    for (const each of who) {
      const reader = readers.get(each);
      if (!reader) continue;
      const { pid, read } = reader;
      const readBefore = await reader.reads();
      const from = {
        client: usedMs(pid),
        server: usedMsOfAll(postgres.pid),
        at: performance.now(),
      };
      await read();
      const sum = spent.get(each) ?? { client: 0, server: 0, reads: 0 };
      sum.client += usedMs(pid) - from.client;
      sum.server += usedMsOfAll(postgres.pid) - from.server - idle * (performance.now() - from.at);
      sum.reads += (await reader.reads()) - readBefore;
      spent.set(each, sum);
    }
  }
  for (const [each, { reads }] of spent)
    if (reads < ROUNDS) throw new Error(`${each} read too little: ${reads} times`);
  return Object.fromEntries(
    [...spent].map(([each, { client, server, reads }]) => {
      const { peak } = residentMb(readers.get(each)?.pid ?? 0);
      return [each, { client: client / reads, server: server / reads, peak }];
    }),
  );
}

/** The highest memory of its own that a backend of the agent has while it reads, in MB. */
async function largestBackend(postgres: DevPostgres, reader: Reader | undefined): Promise<number> {
  if (!reader) return NaN;
  const watcher: pg.Client = await postgres.connect();
  let highest = 0;
  const done = new AbortController();
  try {
    const read = reader.read().finally(() => done.abort());
    while (!done.signal.aborted) {
      const { rows } = await watcher.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_get_activity(NULL) WHERE application_name = 'pganalytics-collector'`,
      );
      for (const { pid } of rows) highest = Math.max(highest, privateMb(pid) || 0);
      await pause(20);
    }
    await read;
  } finally {
    await watcher.end();
  }
  return highest;
}
