import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

/*
 * The program as people run it: agent and taps as processes of their own, and a real terminal (tmux).
 */

let bin: string;
let folder: string;
let config: string;
const processes = new Set<ChildProcess>();
const within = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 30_000, interval: 100 });

beforeAll(async () => {
  bin = await mkdtemp(join(tmpdir(), 'tap-bin-'));
  await build({
    entryPoints: ['src/main.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile: join(bin, 'main.mjs'),
    external: ['pg-native'],
    banner: {
      js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
}, 60_000);
afterAll(() => rm(bin, { recursive: true }));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tap-run-'));
  const secret = join(folder, 'secret');
  await writeFile(secret, 'x'.repeat(64), { mode: 0o600 });
  config = join(folder, 'c.toml');
  await writeFile(
    config,
    `[collector]\nstate_dir = "${folder}/state"\n[backend]\nurl = "http://127.0.0.1:9"\nallow_plain_http = true\n` +
      `[auth]\nmode = "shared_secret"\nsecret_file = "${secret}"\n[sysstat]\ninterval = 1\n[agent]\ninterval = 1\n`,
  );
  await chmod(config, 0o600);
});
afterEach(async () => {
  for (const child of processes) {
    child.kill('SIGCONT');
    child.kill('SIGKILL');
  }
  processes.clear();
  await rm(folder, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly ended: Promise<number | null>;
}
function run(...args: readonly string[]): Run {
  const child = spawn(process.execPath, [join(bin, 'main.mjs'), ...args, '--config', config], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  processes.add(child);
  let [out, err] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (err += text.toString()));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, out: () => out, err: () => err, ended };
}
async function startAgent(): Promise<Run> {
  const socket = join(folder, 'state', 'tap.sock');
  const left = await stat(socket).catch(() => null);
  const agent = run('run');
  await within(async () => {
    const { ino, ctimeMs } = await stat(socket);
    expect([ino, ctimeMs]).not.toEqual([left?.ino, left?.ctimeMs]);
  });
  return agent;
}
const lastSeq = (text: string): number =>
  Number(/"metric_seq":(\d+)/.exec(text.trimEnd().split('\n').at(-1) ?? '')?.[1]);

describe('--tap', { timeout: 60_000 }, () => {
  it('attaches to the agent that runs, says so on stderr, and gives NDJSON in a pipe', async () => {
    await startAgent();
    const tap = run('--tap', 'sysstat', '-n', '2', '--history', '1m');
    expect(await tap.ended).toBe(0);
    expect(tap.err()).toContain('attached to the agent');
    const records = tap
      .out()
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text) as object);
    expect(records).toMatchObject([
      { tap_seq: 1, at: 'validated', type: 'sysstat' },
      { tap_seq: 2, at: 'validated', type: 'sysstat' },
    ]);
  });

  it('reads by itself where no agent runs, and says so', async () => {
    const tap = run('--tap', 'sysstat', '-n', '1', '--format', 'csv', '--fields', 'host,cpu.idle');
    expect(await tap.ended).toBe(0);
    expect(tap.err()).toContain('reads by itself');
    expect(tap.out()).toMatch(/^tap_seq,host,cpu\.idle\n1,/);
    await expect(stat(join(folder, 'state'))).rejects.toThrow('ENOENT');
  });

  it('names the nearest type where a pattern fits none', async () => {
    const tap = run('--tap', 'sysstats', '--for', '1s');
    expect(await tap.ended).toBe(0);
    expect(tap.err()).toContain('no type fits "sysstats"; did you mean "sysstat"?');
    expect(tap.err()).toContain('nothing was selected');
  });

  it('answers a script: 0 where a metric fits, 1 where none did in time', async () => {
    const yes = run('--tap', '--expect', "type == 'sysstat'", '--for', '20s');
    const no = run('--tap', '--expect', "type == 'sysstat' and host == ''", '--for', '2s');
    expect([await yes.ended, await no.ended]).toEqual([0, 1]);
  });

  it('outlives nothing: the agent goes on when a tap is stopped or killed, a tap ends when the agent is killed', async () => {
    const agent = await startAgent();
    const [stopped, killed, last] = [run('--tap'), run('--tap'), run('--tap', 'sysstat')];
    await within(() => {
      for (const tap of [stopped, killed, last]) expect(tap.out()).not.toBe('');
    });
    stopped.child.kill('SIGSTOP');
    killed.child.kill('SIGKILL');
    const before = lastSeq(last.out());
    await within(() => expect(lastSeq(last.out())).toBeGreaterThan(before + 3));
    agent.child.kill('SIGKILL');
    expect(await last.ended).toBe(1);
    expect(last.err()).toContain('the agent is gone');
    // What the killed agent left does not keep the next one from listening.
    await startAgent();
    const again = run('--tap', '-n', '1');
    expect(await again.ended).toBe(0);
    expect(again.err()).toContain('attached');
  });

  it('ends well when the agent ends', async () => {
    const agent = await startAgent();
    const tap = run('--tap');
    await within(() => expect(tap.out()).not.toBe(''));
    agent.child.kill('SIGTERM');
    expect(await tap.ended).toBe(0);
    expect(tap.err()).toContain('the agent has ended');
  });
});

const tmux = ((): string => {
  try {
    return execFileSync('tmux', ['-V']).toString();
  } catch {
    return '';
  }
})();
if (tmux === '') console.warn('no tmux here: what is drawn on a terminal is not tested');

describe.skipIf(tmux === '')('on a real terminal', { timeout: 60_000 }, () => {
  const call = (...args: string[]): string =>
    execFileSync('tmux', ['-S', join(folder, 'tmux'), '-f', '/dev/null', ...args]).toString();
  const screen = (): string => call('capture-pane', '-p');
  const show = (...args: readonly string[]): void => {
    const words = [process.execPath, join(bin, 'main.mjs'), ...args, '--config', config];
    const command = `${words.map((word) => `'${word}'`).join(' ')} 2>/dev/null; echo "exit $?"; sleep 60`;
    call('new-session', '-d', '-x', '100', '-y', '30', 'sh', '-c', command);
  };
  afterEach(() => {
    try {
      call('kill-server');
    } catch {
      // It ended with its last window.
    }
  });

  it('shows aligned blocks within the width, also after the window is resized', async () => {
    show('--tap', 'sysstat');
    await within(() => expect(screen()).toMatch(/#\d+ metric \d+\n {4}cpu\.user /));
    call('resize-window', '-x', '60', '-y', '30');
    await within(() => {
      const blocks = screen().split(/(?=^\d\d:\d\d:\d\d\.\d{3} )/m);
      const cells =
        blocks
          .at(-1)
          ?.split('\n')
          .filter((text) => text.startsWith('    ')) ?? [];
      expect(cells.length).toBeGreaterThan(0);
      expect(blocks.length).toBeGreaterThan(3);
      for (const text of cells) expect(text.length).toBeLessThanOrEqual(60);
    });
  });

  it('draws a live table, obeys its keys, and gives the terminal back', async () => {
    show('--tap', '--top', 'cpu.load_1m');
    await within(() => expect(screen()).toMatch(/^cpu\.load_1m by rate · 1 rows/));
    call('send-keys', 's');
    await within(() => expect(screen()).toContain('by value'));
    call('send-keys', ' ');
    await within(() => expect(screen()).toContain('paused'));
    call('send-keys', '/', 'n', 'o', 'n', 'e', 'Enter');
    await within(() => expect(screen()).toContain('0 rows · /none'));
    call('send-keys', 'q');
    await within(() => expect(screen()).toMatch(/^exit 0/m));
    expect(screen()).not.toContain('by value');
  });
});
