import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBackend } from '../dev/backend/startBackend.ts';
import { type DevPostgres, startPostgres } from '../dev/postgres.ts';
import { registry } from '../src/sources/registry.ts';
import type { Source } from '../src/sources/source.ts';
import { bundle, started } from './bundle.ts';
import { median, percentile } from './figures.ts';
import { exactMs, pause, residentMb, residentPartsMb, usedMs } from './processes.ts';
import { type Result, below } from './result.ts';

const TABLES = 1_000;

/** Tables with two indexes each, rows in every tenth. */
const tables = `
  CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
  DO $$ BEGIN
    FOR i IN 1..${TABLES} LOOP
      EXECUTE format('CREATE TABLE bench_table_%s (id int PRIMARY KEY, name text, at timestamptz)', i);
      EXECUTE format('CREATE INDEX bench_index_%s ON bench_table_%s (name)', i, i);
      IF i % 10 = 0 THEN
        EXECUTE format('INSERT INTO bench_table_%s SELECT n, md5(n::text), now() FROM generate_series(1, 500) n', i);
      END IF;
    END LOOP;
  END $$`;

/** Types that are not written out below; of these, `custom` reads what one defines. */
const others = registry.filter(({ type }) => !['pg_stats', 'pg_log', 'custom'].includes(type));

/** What every collector has: statistics, statements, the log, the host, and how the collector itself does. */
const basic: ReadonlySet<string> = new Set(
  'pg_stats pg_global pg_query_stats pg_log pg_health sysstat disk_usage host_inventory agent'.split(
    ' ',
  ),
);

/** At 10 s, or as often as a section allows. What the host is, is told when the agent starts. */
function everyTenSeconds({ type, settings }: Source, isOn: boolean): string {
  if (!isOn) return `[${type}]\nenabled = false\n`;
  const { interval } = settings['properties'] as { interval: { minimum: number } };
  const seconds = type === 'host_inventory' ? 3600 : Math.max(10, interval.minimum);
  return `[${type}]\ninterval = ${seconds}\n`;
}

/** Sources at 10 s, also the reads that are rarer by default; whatever it costs. */
const configText = (
  folder: string,
  url: string,
  ca: string,
  postgres: DevPostgres,
  isOn: (type: string) => boolean,
): string => `
[collector]
state_dir = "${folder}/state"
push_interval = 10
[backend]
url = "${url}"
[auth]
registration_secret_file = "${folder}/secret"
[tls]
ca_file = "${ca}"
[[postgres]]
name = "bench"
host = "${postgres.host}"
port = ${postgres.port}
user = "postgres"
budget = 100
[pg_stats]
interval = 10
relations_interval = 10
[pg_log]
interval = 10
directory = "${postgres.logDirectory}"
${[...new Set(others.map((source) => everyTenSeconds(source, isOn(source.type))))].join('')}`;

/** The bundle on a database of 1,000 tables, with the basic sources at 10 s, then with all: memory, CPU, event loop. */
export async function benchAgent(minutes: number): Promise<Result[]> {
  const few = await measured(minutes, 'basic sources', (type) => basic.has(type));
  const all = await measured(minutes, 'every type of metric', () => true);
  return [...few, ...all];
}

async function measured(
  minutes: number,
  which: string,
  isOn: (type: string) => boolean,
): Promise<Result[]> {
  const releases: (() => unknown)[] = [];
  try {
    const folder = await mkdtemp(join(tmpdir(), 'pganalytics-bench-'));
    releases.push(() => rm(folder, { recursive: true, force: true }));
    const main = await bundle(folder);
    const postgres = await startPostgres({
      settings: {
        logging_collector: 'on',
        log_destination: 'jsonlog',
        max_locks_per_transaction: 4096,
      },
    });
    releases.push(() => postgres.stop());
    await postgres.sql(tables);
    const backend = await startBackend({ lossless: false });
    releases.push(() => backend.stop());
    await writeFile(join(folder, 'secret'), backend.registrationSecret, { mode: 0o600 });
    const config = join(folder, 'collector.toml');
    const ca = await backend.caFile();
    await writeFile(config, configText(folder, backend.url, ca, postgres, isOn));

    const { env, options } = started(main);
    const child = spawn(process.execPath, [...options, main, 'run', '--config', config], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = once(child, 'exit');
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
    releases.push(() => {
      child.kill('SIGKILL');
      return ended;
    });
    const { pid } = child;
    if (pid === undefined) throw new Error('the agent did not start');

    const live = (): void => {
      if (child.exitCode !== null) throw new Error(`the agent ended: ${log}`);
    };
    // The start and the first reads are behind it.
    await pause(15_000);
    live();
    const cpu: number[] = [];
    const memory: number[] = [];
    const startedAt = performance.now();
    const before = usedMs(pid);
    while (performance.now() - startedAt < minutes * 60_000) {
      const [at, used] = [performance.now(), exactMs(pid)];
      await pause(1_000);
      live();
      cpu.push((100 * (exactMs(pid) - used)) / (performance.now() - at));
      memory.push(residentMb(pid).now);
    }
    const whole = (100 * (usedMs(pid) - before)) / (performance.now() - startedAt);
    const { now, peak } = residentMb(pid);
    const { own, files } = residentPartsMb(pid);
    const readings = backend.received.metrics('agent');
    const heaps = readings.map((metric) => Number(metric['heap_used_bytes']) / 1_048_576);
    const delays = readings
      .map((metric) => metric['event_loop_delay_p99_ms'])
      .filter((delay) => typeof delay === 'number');
    const relations = backend.received
      .metrics('pg_stats')
      .reduce((sum, { tables: read }) => sum + (Array.isArray(read) ? read.length : 0), 0);
    child.kill('SIGTERM');
    await ended;
    if (relations < TABLES * minutes) throw new Error(`only ${relations} tables came: ${log}`);
    const how = `${minutes} min after 15 s, ${relations} table rows and ${backend.received.totals.metrics} metrics came; started as its shebang does run`;
    return [
      below({
        what: `${which}: resident memory, median of the last minute`,
        value: median(memory.slice(-60)),
        unit: 'MB',
        limit: 80,
        how: `own ${own.toFixed(1)}, of files ${files.toFixed(1)}; at the end ${now.toFixed(1)}, peak ${peak.toFixed(1)}; objects ${median(heaps).toFixed(1)} MB in the median; ${how}`,
      }),
      below({
        what: `${which}: CPU of the whole agent, of one core`,
        value: whole,
        unit: '%',
        limit: 3,
        how,
      }),
      below({
        what: `${which}: CPU between collections (median second)`,
        value: median(cpu),
        unit: '%',
        limit: 1,
        how: `the quietest quarter of the seconds at most ${percentile(cpu, 0.25).toFixed(2)} %; ${how}`,
      }),
      below({
        what: `${which}: event-loop delay, p99 (highest of the readings of the agent)`,
        value: percentile(delays, 1),
        unit: 'ms',
        limit: 20,
        how: `${delays.length} readings, one each 10 s, median ${median(delays).toFixed(1)} ms; ${how}`,
      }),
    ];
  } finally {
    for (const release of releases.reverse()) await release();
  }
}
