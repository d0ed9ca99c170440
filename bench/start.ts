import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle, environment, started } from './bundle.ts';
import { median } from './figures.ts';
import { type Result, claim } from './result.ts';

/** From the start of a process to its end, in ms. */
async function bareMs(): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['-e', '0'], { env: environment, stdio: 'ignore' });
  await once(child, 'exit');
  return performance.now() - startedAt;
}

/** From the start of the agent to its first log line, in ms. */
async function agentMs(main: string, config: string): Promise<number> {
  const { env, options } = started(main);
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...options, main, 'run', '--config', config], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  const [line] = (await once(child.stderr, 'data')) as [Buffer];
  const ms = performance.now() - startedAt;
  child.kill('SIGKILL');
  await ended;
  if (!line.includes(' starts with ')) throw new Error(`unexpected first line: ${line.toString()}`);
  return ms;
}

/** From process start to the first log line of the bundle, against bare Node, in turn. */
export async function benchStart(rounds = 25): Promise<Result[]> {
  const folder = await mkdtemp(join(tmpdir(), 'pganalytics-bench-'));
  try {
    const main = await bundle(folder);
    const config = join(folder, 'collector.toml');
    await writeFile(
      config,
      `[collector]\nstate_dir = "${folder}/state"\n[backend]\nurl = "https://127.0.0.1:9"\n`,
    );
    const times = { bare: [] as number[], agent: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      times.bare.push(await bareMs());
      times.agent.push(await agentMs(main, config));
    }
    return [
      claim({
        what: 'from process start to the first log line of the bundle',
        ours: median(times.agent),
        least: median(times.bare),
        unit: 'ms',
        against: 'node -e 0',
        most: 3,
        how: `medians of ${rounds} starts each, in turn; started as its shebang does`,
      }),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
