import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A line of the agent's own log (`[log] format = "json"`). */
export interface AgentLine {
  readonly level: string;
  readonly unit: string;
  readonly msg: string;
}

export interface AgentProcess {
  /** Resolves with the exit code. */
  readonly ended: Promise<number>;
  /** Asks for a clean end. */
  readonly stop: () => void;
}

/** Runs the built agent with a live tail on this terminal, and hands its log lines on. Dies with this process. */
export function startAgent(
  bundle: string,
  config: string,
  onLine: (line: AgentLine) => void,
): AgentProcess {
  // A group of its own: Ctrl-C reaches the demo alone, which then ends everything in order.
  const child = spawn(
    process.execPath,
    ['--max-semi-space-size=2', bundle, 'run', '--tap', '--format', 'pretty', '--config', config],
    { detached: true, stdio: ['ignore', 'inherit', 'pipe'] },
  );
  const kill = (): boolean => child.kill('SIGKILL');
  process.on('exit', kill);
  createInterface({ input: child.stderr }).on('line', (text) => {
    onLine(parsed(text));
  });
  const ended = once(child, 'close').then(([code]) => {
    process.off('exit', kill);
    return (code as number | null) ?? 1;
  });
  return { ended, stop: () => child.kill('SIGTERM') };
}

function parsed(text: string): AgentLine {
  try {
    return JSON.parse(text) as AgentLine;
  } catch {
    // The first line comes before the configuration says which form lines have.
    return { level: 'info', unit: 'agent', msg: text.replace(/^.*? agent: /, '') };
  }
}
