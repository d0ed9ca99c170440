import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { startBackend } from '../dev/backend/startBackend.ts';
import { type DevPostgres, startPostgres } from '../dev/postgres.ts';
import { bundle } from './bundle.ts';
import { type AgentProcess, PERIOD_S, startAgent } from './postgres/agentProcess.ts';
import { fillCatalog } from './postgres/catalog.ts';
import { missing, startExporter } from './postgres/exporter.ts';
import { pause, privateMb, residentMb, usedMs, usedMsOfAll } from './processes.ts';
import { type Result, below, claim } from './result.ts';

/** What one read of everything costs, in ms of CPU, and the memory of who reads, in MB. */
interface Cost {
  readonly client: number;
  readonly server: number;
  readonly peak: number;
}
interface Figures {
  readonly agent: Cost;
  readonly exporter: Cost | undefined;
  /** With pg_stat_statements too. */
  readonly whole: Cost & { readonly backend: number };
}

/** Rounds in turn, and reads in each. */
const ROUNDS = 2;
const READS = 3;

/** Big catalogs: the agent beside prometheus-postgres-exporter, in turn in the same run. */
export async function benchPostgres(): Promise<Result[]> {
  const few = await measured(1_000);
  const many = await measured(10_000);
  const { agent, exporter, whole } = many;
  const reads = `${ROUNDS * READS} reads, every ${PERIOD_S} s, 10,000 tables with 20,000 indexes, all of them listed`;
  const beside = exporter
    ? [
        claim({
          what: 'CPU of the agent per read, against prometheus-postgres-exporter per scrape (which reads no indexes)',
          ...{ ours: agent.client, least: exporter.client, unit: 'ms', most: 1 / 8 },
          against: 'of the exporter',
          how: `${reads}; peak memory ${agent.peak.toFixed(0)} against ${exporter.peak.toFixed(0)} MB`,
        }),
        claim({
          what: 'CPU of the server per read, against that per scrape',
          ...{ ours: agent.server, least: exporter.server, unit: 'ms', most: 0.5 },
          against: 'of the exporter',
          how: `${reads}; all processes of the server, less what it uses by itself`,
        }),
      ]
    : [];
  if (!exporter) process.stdout.write(`  left out: ${missing() ?? ''}\n`);
  const all = `${reads}, and 5,000 statements`;
  return [
    ...beside,
    below({
      what: 'peak memory of the agent',
      value: whole.peak,
      unit: 'MB',
      limit: 100,
      how: all,
    }),
    below({
      ...{ what: 'memory of the largest backend that serves it', value: whole.backend, unit: 'MB' },
      ...{ limit: 40, how: `${all}; without shared buffers` },
    }),
    claim({
      what: 'CPU of the agent per read, 10,000 tables against 1,000',
      ...{ ours: whole.client, least: few.whole.client, unit: 'ms', most: 10 },
      ...{ against: 'of 1,000', how: all },
    }),
    claim({
      what: 'CPU of the server per read, 10,000 tables against 1,000',
      ...{ ours: whole.server, least: few.whole.server, unit: 'ms', most: 10 },
      ...{
        against: 'of 1,000',
        how: `${all}; 1,000 tables: peak memory ${few.whole.peak.toFixed(0)} MB`,
      },
    }),
  ];
}

async function measured(tables: number): Promise<Figures> {
  const releases: (() => unknown)[] = [];
  try {
    const folder = await mkdtemp(join(tmpdir(), 'pganalytics-bench-'));
    releases.push(() => rm(folder, { recursive: true, force: true }));
    const main = await bundle(folder);
    const postgres = await startPostgres({
      settings: {
        max_locks_per_transaction: 4096,
        shared_buffers: '256MB',
        autovacuum: 'off',
        'pg_stat_statements.max': 10_000,
      },
    });
    releases.push(() => postgres.stop());
    await fillCatalog(postgres, tables);
    const backend = await startBackend({ lossless: false, keep: false });
    releases.push(() => backend.stop());
    const given = { postgres, backend };
    const run = async (statements: boolean): Promise<AgentProcess> => {
      const agent = await startAgent(main, folder, { ...given, statements });
      releases.push(agent.stop);
      // The start and the first reads are behind it.
      await pause(25_000);
      return agent;
    };

    const exporter = missing() ? undefined : await startExporter(folder, postgres);
    if (exporter) releases.push(exporter.stop);
    const alone = await run(false);
    const costs = { agent: [0, 0], exporter: [0, 0], idle: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const before = backend.received.counts.get('pg_stats') ?? 0;
      const spent = await during([alone.pid, postgres], () => pause(READS * PERIOD_S * 1_000));
      costs.agent = plus(costs.agent, spent);
      if ((backend.received.counts.get('pg_stats') ?? 0) < before + READS - 1) {
        throw new Error(`the agent reads too little: ${alone.log()}`);
      }
      process.kill(alone.pid, 'SIGSTOP');
      const [, idle = 0] = await during([alone.pid, postgres], () => pause(PERIOD_S * 1_000));
      costs.idle += (idle * READS) / ROUNDS;
      if (exporter) {
        const { pid, scrape } = exporter;
        const scrapes = async (): Promise<void> => {
          for (let read = 0; read < READS; read++)
            await Promise.all([scrape(), pause(PERIOD_S * 1_000)]);
        };
        costs.exporter = plus(costs.exporter, await during([pid, postgres], scrapes));
      }
      process.kill(alone.pid, 'SIGCONT');
    }
    const idle = costs.idle / READS;
    const each = ([client = 0, server = 0]: readonly number[], pid: number): Cost => ({
      client: client / (ROUNDS * READS),
      server: server / (ROUNDS * READS) - idle,
      peak: residentMb(pid).peak,
    });
    const agent = each(costs.agent, alone.pid);
    const beside = exporter && each(costs.exporter, exporter.pid);
    await alone.stop();
    await exporter?.stop();

    const whole = await run(true);
    const spent = await during([whole.pid, postgres], () =>
      pause(ROUNDS * READS * PERIOD_S * 1_000),
    );
    const figures = {
      agent,
      exporter: beside,
      whole: { ...each(spent, whole.pid), backend: await largestBackend(postgres) },
    };
    process.stdout.write(`  ${tables} tables: ${JSON.stringify(figures)}\n`);
    return figures;
  } finally {
    for (const release of releases.reverse()) await release();
  }
}

const plus = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((value, index) => value + (b[index] ?? 0));

/** CPU that a client and the server used meanwhile, in ms. */
async function during(
  [pid, { pid: server }]: readonly [number, DevPostgres],
  work: () => Promise<unknown>,
): Promise<number[]> {
  const before = [usedMs(pid), usedMsOfAll(server)];
  await work();
  return [usedMs(pid) - (before[0] ?? 0), usedMsOfAll(server) - (before[1] ?? 0)];
}

/** The highest memory of its own that a backend of the agent has in two reads, in MB. */
async function largestBackend(postgres: DevPostgres): Promise<number> {
  const watcher: pg.Client = await postgres.connect();
  let highest = 0;
  try {
    const until = performance.now() + 2 * PERIOD_S * 1_000;
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
