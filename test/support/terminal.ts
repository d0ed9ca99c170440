import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, inject, vi } from 'vitest';
import { type Screen, screen } from './screen.ts';

export interface TerminalOptions {
  readonly folder: string;
  readonly args: readonly string[];
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** The built agent on a pseudo-terminal, and what is drawn there. */
export interface Terminal {
  readonly text: Screen['text'];
  readonly type: (keys: string) => void;
  /** The window gets other dimensions, and the program is told. */
  readonly resize: (columns: number, rows: number) => void;
  /** Waits until the screen is these lines; fails after a minute with what differs. `told`: what is compared of its text. */
  readonly draws: (lines: readonly string[], told?: (text: string) => string) => Promise<void>;
  /** Waits until the screen holds the text; fails after a minute with all that it holds. */
  readonly shows: (text: string | RegExp) => Promise<void>;
}

const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/**
 * Starts the bundle on a pseudo-terminal, which `script` (util-linux, bsdutils, macOS) makes. Behind the program's end the
 * screen shows `exit <code>`.
 */
export function startTerminal({
  folder,
  args,
  columns = 100,
  rows = 30,
  env = {},
}: TerminalOptions): Terminal {
  const device = join(folder, `tty-${running.size}`);
  const program = [process.execPath, inject('bundle'), ...args].map(quoted).join(' ');
  const command =
    `tty > ${quoted(device)}; stty cols ${columns} rows ${rows} -echo; ` +
    `${program} 2>/dev/null; echo "exit $?"; sleep 600`;
  const isMac = process.platform === 'darwin';
  const child = spawn(
    'script',
    isMac ? ['-q', '/dev/null', 'sh', '-c', command] : ['-qfc', command, '/dev/null'],
    {
      env: { PATH: process.env['PATH'], TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  running.add(child);
  const drawn = screen(columns, rows);
  const failed: unknown[] = [];
  child.on('error', (error) =>
    failed.push(new Error(`these tests need the program "script": ${error.message}`)),
  );
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    try {
      drawn.write(text);
    } catch (error) {
      failed.push(error);
    }
  });
  const waited = (check: () => void): Promise<void> =>
    vi.waitFor(
      () => {
        if (failed.length > 0) throw failed[0];
        check();
      },
      { timeout: 60_000, interval: 50 },
    );
  return {
    text: drawn.text,
    type: (keys) => void child.stdin.write(keys),
    resize: (wide, high) => {
      drawn.resize(wide, high);
      const path = existsSync(device) ? readFileSync(device, 'utf8').trim() : '';
      execFileSync('stty', [isMac ? '-f' : '-F', path, 'cols', String(wide), 'rows', String(high)]);
    },
    draws: (lines, told = (text) => text) =>
      waited(() => expect(told(drawn.text()).split('\n')).toEqual(lines)),
    shows: (text) =>
      waited(() => {
        if (typeof text === 'string') expect(drawn.text()).toContain(text);
        else expect(drawn.text()).toMatch(text);
      }),
  };
}
