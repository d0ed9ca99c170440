import { cpus, release, type } from 'node:os';
import { parseArgs } from 'node:util';
import { benchAgent } from './agent.ts';
import { benchLoad } from './load.ts';
import { benchLogs } from './logs.ts';
import { benchPipeline } from './pipeline.ts';
import { benchPostgres } from './postgres.ts';
import type { Result } from './result.ts';
import { benchSpool } from './spool.ts';
import { benchStart } from './start.ts';
import { benchTap } from './tap.ts';

const help = `npm run bench [-- OPTIONS] [NAME...]

Measures what docs/performance.md claims, each claim in one run with what it is compared to. All names by default:

  pipeline   CPU of validate → window → encode → gzip, against JSON.stringify and gzip
  start      from process start to the first log line of the bundle, against node -e 0
  agent      memory, CPU and event loop of the bundle on a database of 1,000 tables
  postgres   big catalogs: CPU and memory of agent and server, beside prometheus-postgres-exporter
  load       100 collectors push to the mock backend
  logs       a server's log of 200 MB in each form, beside wc -l and pgbadger
  spool      durable payloads a second, memory over an outage, drain of 10,000 payloads
  tap        CPU of delivery with a tap attached, against none

  --minutes N   how long agent runs, and the outage of spool (default 1; the documented figures are of 5)
  --help        this help

Exit code 1 where a target is missed. The machine should have nothing else to do.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
const benches: Readonly<Record<string, () => Promise<Result[]>>> = {
  pipeline: () => benchPipeline(),
  start: () => benchStart(),
  agent: () => benchAgent(minutes),
  postgres: () => benchPostgres(),
  load: () => benchLoad(),
  logs: () => benchLogs(),
  spool: () => benchSpool(minutes),
  tap: () => benchTap(),
};
const unknown = positionals.filter((name) => !(name in benches));

if (values.help) {
  process.stdout.write(help);
} else if (unknown.length > 0 || !(minutes > 0 && minutes <= 600)) {
  const what = unknown.length > 0 ? `unknown: ${unknown.join(', ')}` : '--minutes takes 1 to 600';
  process.stderr.write(`bench: ${what}\n\n${help}`);
  process.exitCode = 2;
} else {
  const [cpu] = cpus();
  process.stdout.write(
    `${type()} ${release()}, ${cpus().length} × ${cpu?.model ?? 'unknown'}, Node ${process.version}\n`,
  );
  for (const name of positionals.length > 0 ? positionals : Object.keys(benches)) {
    process.stdout.write(`\n${name}\n`);
    for (const { what, measured, target, met, how } of (await benches[name]?.()) ?? []) {
      process.stdout.write(
        `  ${met ? 'met   ' : 'MISSED'}  ${what}\n          ${measured}; ${target}\n          ${how}\n`,
      );
      if (!met) process.exitCode = 1;
    }
  }
}
