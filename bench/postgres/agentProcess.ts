import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MockBackend } from '../../dev/backend/startBackend.ts';
import type { DevPostgres } from '../../dev/postgres.ts';
import { registry } from '../../src/sources/registry.ts';
import { started } from '../bundle.ts';
import { database } from './catalog.ts';

/** Seconds between two reads. */
export const PERIOD_S = 10;

/** The bundle as its shebang starts it, on a server with many tables: everything of it at each read. */
export interface AgentProcess {
  readonly pid: number;
  readonly log: () => string;
  readonly stop: () => Promise<unknown>;
}

/** What an agent reads beside what the exporter reads, and the indexes. */
export interface AgentWishes {
  /** pg_stat_statements too. */
  readonly statements: boolean;
  /** How many relations are listed, where not as many as by default. */
  readonly limits: Readonly<Partial<Record<'max_tables' | 'max_indexes', number>>>;
}

export async function startAgent(
  main: string,
  folder: string,
  {
    postgres,
    backend,
    wishes: { statements, limits },
  }: { postgres: DevPostgres; backend: MockBackend; wishes: AgentWishes },
): Promise<AgentProcess> {
  const config = join(folder, 'collector.toml');
  await writeFile(join(folder, 'secret'), backend.registrationSecret, { mode: 0o600 });
  const on = new Set([
    'pg_stats',
    'pg_global',
    'pg_health',
    'agent',
    ...(statements ? ['pg_query_stats'] : []),
  ]);
  const types = [...new Set(registry.map(({ type }) => type))];
  await writeFile(
    config,
    `[collector]
state_dir = "${folder}/state"
push_interval = ${PERIOD_S}
[backend]
url = "${backend.url}"
[auth]
registration_secret_file = "${folder}/secret"
[tls]
ca_file = "${await backend.caFile()}"
[[postgres]]
name = "bench"
host = "${postgres.host}"
port = ${postgres.port}
user = "postgres"
databases = ["${database}"]
budget = 100
[pg_stats]
interval = ${PERIOD_S}
relations_interval = ${PERIOD_S}
${Object.entries(limits)
  .map(([name, value]) => `${name} = ${value}\n`)
  .join('')}${types
      .filter((type) => type !== 'pg_stats')
      .map((type) => `[${type}]\n${on.has(type) ? `interval = ${PERIOD_S}` : 'enabled = false'}\n`)
      .join('')}`,
    { mode: 0o600 },
  );
  const { env, options } = started(main);
  const child = spawn(process.execPath, [...options, main, 'run', '--config', config], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  return {
    pid: child.pid ?? 0,
    log: () => log,
    stop: () => {
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      return ended;
    },
  };
}
