import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { writeEnvelope } from '../src/schema/envelope.ts';
import { environment } from './bundle.ts';
import { percentile } from './figures.ts';
import { type Result, below } from './result.ts';

interface Ready {
  readonly port: number;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly tokens: readonly string[];
}

const PERIOD_MS = 1_000;
const metrics = Array.from({ length: 1_000 }, (_, index) =>
  JSON.stringify({
    type: 'bench',
    timestamp: '2026-01-02T03:04:05.678Z',
    server: 'main',
    database: `db_${index % 40}`,
    commits: index * 37,
    rollbacks: index,
    ratio: index / 1_000,
    reset: null,
  }),
);

/** One simulated collector: a connection of its own, kept, and a push each second. */
function collector(ready: Ready, index: number): { push: () => Promise<number>; end: () => void } {
  const { port, ca, cert, key } = ready;
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca, cert, key, minVersion: 'TLSv1.3' });
  const timestamp = new Date().toISOString();
  const head = { collector_id: `collector-${index}`, hostname: 'bench', timestamp, version: '1' };
  const body = gzipSync(writeEnvelope({ ...head, metrics }), { level: 1 });
  const headers = {
    authorization: `Bearer ${ready.tokens[index] ?? ''}`,
    'content-type': 'application/json',
    'content-encoding': 'gzip',
    'content-length': body.length,
  };
  const push = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const startedAt = performance.now();
      const path = '/api/v1/metrics/push';
      request({ agent, host: '127.0.0.1', port, path, method: 'POST', headers }, (response) => {
        response.resume().on('end', () => {
          if (response.statusCode === 200) resolve(performance.now() - startedAt);
          else reject(new Error(`answered ${response.statusCode ?? 0}`));
        });
      })
        .on('error', reject)
        .end(body);
    });
  return { push, end: () => agent.destroy() };
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** 100 collectors, each with its TLS connection and token, push 1,000 metrics a second each to a backend of its own process. */
export async function benchLoad(collectors = 100, seconds = 20): Promise<Result[]> {
  const script = fileURLToPath(new URL('backendProcess.ts', import.meta.url));
  const backend = spawn(process.execPath, ['--import', 'tsx', script, String(collectors)], {
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(backend, 'exit');
  const kill = (): boolean => backend.kill('SIGKILL');
  process.on('exit', kill);
  try {
    const lines = createInterface({ input: backend.stdout })[Symbol.asyncIterator]();
    const next = async (): Promise<unknown> => JSON.parse((await lines.next()).value as string);
    const ready = (await next()) as Ready;
    const all = Array.from({ length: collectors }, (_, index) => collector(ready, index));
    const times: number[] = [];
    let errors = 0;
    // The first push of each opens its connection.
    for (const { push } of all) await push();
    await Promise.all(
      all.map(async ({ push }, index) => {
        const startAt = performance.now() + (index / collectors) * PERIOD_MS;
        for (let round = 0; round < seconds; round++) {
          await pause(Math.max(0, startAt + round * PERIOD_MS - performance.now()));
          await push().then(
            (ms) => times.push(ms),
            () => errors++,
          );
        }
      }),
    );
    for (const { end } of all) end();
    backend.stdin.end();
    const totals = (await next()) as { metrics: number };
    const pushes = times.length;
    if (totals.metrics !== (pushes + collectors) * metrics.length) errors++;
    const how = `${pushes} pushes of ${collectors} connections in ${seconds} s, spread over each second; p50 ${percentile(times, 0.5).toFixed(1)} ms`;
    return [
      below({
        what: `p99 of a push of 1,000 metrics, ${collectors} collectors at one push a second each`,
        value: percentile(times, 0.99),
        unit: 'ms',
        limit: 50,
        how,
      }),
      below({
        what: 'pushes that failed or were not counted',
        value: errors,
        unit: '',
        limit: 1,
        how,
      }),
    ];
  } finally {
    backend.stdin.end();
    if (backend.exitCode === null) {
      const timer = setTimeout(kill, 5_000);
      await ended;
      clearTimeout(timer);
    }
    process.off('exit', kill);
  }
}
