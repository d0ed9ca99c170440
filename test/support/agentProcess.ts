import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, inject, vi } from 'vitest';

export interface AgentProcessOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Another copy of the bundle. */
  readonly program?: string;
  /** Another user, where root asks. */
  readonly uid?: number;
}

/** The built agent as a process of its own. */
export interface AgentProcess {
  readonly pid: number;
  /** What it has written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Closes our end of its stdout, as `head` does. */
  readonly closeStdout: () => void;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Resolves with the exit code; 128 + n would be told by the process itself, a signal's name where it was killed. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Waits until stderr (or stdout) holds the text; fails after the deadline with all that it holds. */
  readonly says: (text: string | RegExp, timeoutMs?: number) => Promise<void>;
  readonly shows: (text: string | RegExp, timeoutMs?: number) => Promise<void>;
  /** SIGTERM, and the exit code. */
  readonly stop: () => Promise<number | NodeJS.Signals>;
}

const running = new Set<ChildProcess>();
/** Everything that any process of this file has written. */
let written = '';

afterEach(async () => {
  await Promise.all(
    [...running].map(
      (child) =>
        new Promise((resolve) => {
          child.once('close', resolve);
          child.kill('SIGKILL');
        }),
    ),
  );
});

/** All output of all agents of this file so far; what must never be in it is looked for at the end. */
export const allOutput = (): string => written;

/** Starts the bundle with the arguments; killed after the test where it still runs. */
export function startAgent({
  args = [],
  env = {},
  program: bundle = inject('bundle'),
  uid,
}: AgentProcessOptions = {}): AgentProcess {
  const child = spawn(process.execPath, ['--max-semi-space-size=2', bundle, ...args], {
    env: { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid !== undefined && { uid, gid: uid, cwd: '/' }),
  });
  running.add(child);
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      texts[name] += chunk;
      written += chunk;
    });
  }
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve(code ?? signal ?? -1);
    });
  });
  const waits =
    (name: 'stdout' | 'stderr') =>
    async (text: string | RegExp, timeoutMs = 30_000): Promise<void> => {
      await vi.waitFor(
        () => {
          if (typeof text === 'string') expect(texts[name]).toContain(text);
          else expect(texts[name]).toMatch(text);
        },
        { timeout: timeoutMs, interval: 20 },
      );
    };
  const agent: AgentProcess = {
    pid: child.pid ?? -1,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    closeStdout: () => void child.stdout.destroy(),
    signal: (signal) => void child.kill(signal),
    ended,
    says: waits('stderr'),
    shows: waits('stdout'),
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
  return agent;
}

/** Runs the bundle to its end. */
export async function runAgent(
  ...args: readonly string[]
): Promise<{ code: number | NodeJS.Signals; stdout: string; stderr: string }> {
  const agent = startAgent({ args });
  const code = await agent.ended;
  return { code, stdout: agent.stdout(), stderr: agent.stderr() };
}

/** A new folder below the temporary one; removed after the tests of the file. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pganalytics-process-'));
  folders.push(folder);
  return folder;
}

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** The arguments of a process as `ps` shows them. */
export const argumentsOf = (pid: number): Promise<string> =>
  readFile(`/proc/${pid}/cmdline`, 'utf8');
