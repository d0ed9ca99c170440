import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startBackend } from '../dev/backend/startBackend.ts';
import { startPostgres } from '../dev/postgres.ts';
import { startWorkload } from '../dev/workload.ts';
import { registry } from '../src/sources/registry.ts';
import { style } from '../src/tap/style.ts';
import { startAgent } from './agentProcess.ts';
import { configText, pulledTexts } from './configTexts.ts';
import { booksOf, summary } from './summary.ts';

export interface DemoOptions {
  /** Ends by itself after so long; null: at Ctrl-C. */
  readonly forMs: number | null;
  readonly ratePerS: number;
}

/** When the backend hands out another configuration: after the start, and then again and again. */
const CHANGE_AFTER_MS = 7_000;
const CHANGE_EVERY_MS = 30_000;

/** Runs the whole product on real parts, on free ports, in temporary folders; resolves with the exit code. */
export async function runDemo({ forMs, ratePerS }: DemoOptions): Promise<number> {
  const { dim, name } = style(process.stdout.isTTY && !process.env['NO_COLOR']);
  const say = (text: string): void => {
    process.stdout.write(`${text}\n`);
  };
  const asked = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => resolve());
    }
  });
  const releases: (() => Promise<unknown>)[] = [];
  try {
    say(dim('starting PostgreSQL 18, a workload, a backend and the agent …'));
    const folder = await mkdtemp(join(tmpdir(), 'pganalytics-demo-'));
    releases.push(() => rm(folder, { recursive: true, force: true }));
    const postgres = await startPostgres({ settings: serverSettings });
    releases.push(() => postgres.stop());
    const backend = await startBackend({ schemas: registry.flatMap(({ metrics }) => metrics) });
    releases.push(() => backend.stop());
    await postgres.sql(roleAndExtension);
    const workload = await startWorkload(postgres, { ratePerS });
    releases.push(() => workload.stop());
    const bundle = await buildAgent(folder);
    const config = join(folder, 'collector.toml');
    const secret = join(folder, 'registration-secret');
    await writeFile(secret, backend.registrationSecret, { mode: 0o600 });
    const caFile = await backend.caFile();
    await writeFile(config, configText({ folder, secret, postgres, url: backend.url, caFile }));
    say(dim(`PostgreSQL on port ${postgres.port}, backend on ${backend.url}; Ctrl-C ends all\n`));

    let books = booksOf('');
    const versions = new Set<string>();
    const agent = startAgent(bundle, config, ({ level, unit, msg }) => {
      if (unit === 'books') books = booksOf(msg);
      const version = /configuration version (\d+)/.exec(msg)?.[1];
      if (version !== undefined) versions.add(version);
      say(`${dim(`agent ${level}`)} ${name(unit)} ${msg}`);
    });
    const change = changes((text, version) => backend.setConfig('*', text, version));
    const over = forMs === null ? asked : Promise.race([asked, elapsed(forMs)]);
    const died = await Promise.race([over.then(() => false), agent.ended.then(() => true)]);
    change.stop();
    agent.stop();
    const code = await agent.ended;

    const { lost, text } = summary({ books, versions, received: backend.received });
    say(`\n${text}`);
    if (died) say(`the agent ended by itself with exit code ${code}`);
    return code === 0 && lost === 0 && !died ? 0 : 1;
  } finally {
    for (const release of releases.reverse()) await release();
  }
}

/** What a DBA would set to see much: JSON log, slow statements, lock waits, I/O times. */
const serverSettings = {
  logging_collector: 'on',
  log_destination: 'jsonlog',
  log_min_duration_statement: 200,
  log_lock_waits: 'on',
  deadlock_timeout: '200ms',
  track_io_timing: 'on',
};

const roleAndExtension = `
  CREATE EXTENSION pg_stat_statements;
  CREATE ROLE pganalytics LOGIN CONNECTION LIMIT 4 IN ROLE pg_monitor;
`;

/** Builds the agent into a folder that is ours: the checkout may belong to somebody else. */
async function buildAgent(folder: string): Promise<string> {
  const script = fileURLToPath(new URL('../scripts/build.mjs', import.meta.url));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await promisify(execFile)(process.execPath, [script, '--outdir', folder]);
  return join(folder, 'main.js');
}

/** Lets the backend hand out one configuration after the other. */
function changes(set: (text: string, version: number) => void): { readonly stop: () => void } {
  let version = 1;
  let timer: NodeJS.Timeout;
  const next = (): void => {
    set(pulledTexts[(version - 1) % pulledTexts.length] ?? '', ++version);
    timer = setTimeout(next, CHANGE_EVERY_MS);
  };
  timer = setTimeout(next, CHANGE_AFTER_MS);
  return { stop: () => clearTimeout(timer) };
}

const elapsed = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
