import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type MockBackend, startBackend } from '../dev/backend/startBackend.ts';
import { bundle, environment, started } from './bundle.ts';
import { pause, residentMb } from './processes.ts';
import { type Result, below } from './result.ts';
import { spooled } from './spool/spooled.ts';

const PAYLOADS = 10_000;

interface Outage {
  readonly before: number;
  readonly after: number;
  readonly seconds: number;
}

const configText = (folder: string, backend: MockBackend, ca: string): string => `
[collector]
state_dir = "${folder}/state"
push_interval = 1
[backend]
url = "${backend.url}"
[auth]
registration_secret_file = "${folder}/secret"
[tls]
ca_file = "${ca}"
[spool]
max_bytes = 4294967296
min_free = 0
[sysstat]
interval = 1
[agent]
interval = 1
`;

/** What the spool costs a payload, what an outage costs in memory, and how fast its backlog drains. */
export async function benchSpool(minutes: number): Promise<Result[]> {
  const floor = await spooled();
  const folder = await mkdtemp(join(tmpdir(), 'bench-outage-'));
  const backend = await startBackend({ keep: false });
  try {
    await writeFile(join(folder, 'secret'), backend.registrationSecret, { mode: 0o600 });
    const config = join(folder, 'collector.toml');
    await writeFile(config, configText(folder, backend, await backend.caFile()));
    const { env, options } = started(await bundle(folder));
    const main = join(folder, 'main.js');
    const run = () => agentRun([...options, main, 'run', '--config', config], env);

    const away = await realOutage(run, backend, minutes);
    const identity = await readFile(join(folder, 'state', 'identity.json'), 'utf8');
    const { collectorId } = JSON.parse(identity) as { collectorId: string };
    const script = fileURLToPath(new URL('spool/outageProcess.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...options, '--import', 'tsx', script, join(folder, 'state'), String(PAYLOADS), collectorId],
      { env: { ...environment, ...env } },
    );
    const { before, after, seconds } = JSON.parse(stdout) as Outage;
    const drained = await drain(run, backend);
    return [
      ...floor,
      below({
        what: `more resident memory at the end of an outage of ${PAYLOADS} payloads`,
        value: after - before,
        unit: 'MB',
        limit: 20,
        how: `spool and delivery in a process of their own: ${before.toFixed(1)} MB after 300 payloads, ${after.toFixed(1)} MB at the end, ${seconds.toFixed(0)} s`,
      }),
      away,
      {
        what: `drain of a backlog of ${PAYLOADS} payloads`,
        measured: `${drained.rate.toFixed(0)} payloads a second`,
        target: 'all of them, each once',
        met: drained.whole,
        how: `the bundle against the mock backend on the same machine over TLS, one in flight, from its start to the last in ${drained.seconds.toFixed(1)} s; ${drained.peakMb.toFixed(0)} MB resident at most`,
      },
    ];
  } finally {
    await backend.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Running {
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

function agentRun(args: readonly string[], env: NodeJS.ProcessEnv): Running {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'exit');
  if (child.pid === undefined) throw new Error('the agent did not start');
  return {
    pid: child.pid,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The agent that reads every second while the backend is away for minutes: it must not grow. */
async function realOutage(
  run: () => Running,
  backend: MockBackend,
  minutes: number,
): Promise<Result> {
  const agent = run();
  await backend.received.waitFor(({ totals }) => totals.pushes > 5, 60_000);
  await pause(20_000);
  await backend.down();
  await pause(10_000);
  const before = residentMb(agent.pid).now;
  await pause(minutes * 60_000);
  const after = residentMb(agent.pid).now;
  await backend.up();
  await agent.stop();
  return below({
    what: `growth of the agent in an outage of ${minutes} min`,
    value: after - before,
    unit: 'MB',
    limit: 10,
    how: `a window a second; ${before.toFixed(1)} MB after 10 s of it, ${after.toFixed(1)} MB at its end`,
  });
}

interface Drained {
  readonly rate: number;
  readonly seconds: number;
  readonly peakMb: number;
  readonly whole: boolean;
}

async function drain(run: () => Running, backend: MockBackend): Promise<Drained> {
  const { pushes } = backend.received.totals;
  const from = performance.now();
  const agent = run();
  await backend.received.waitFor(({ totals }) => totals.pushes >= pushes + PAYLOADS, 600_000);
  const seconds = (performance.now() - from) / 1_000;
  const { peak } = residentMb(agent.pid);
  await agent.stop();
  const whole = backend.received.totals.replays === 0;
  return { rate: PAYLOADS / seconds, seconds, peakMb: peak, whole };
}
