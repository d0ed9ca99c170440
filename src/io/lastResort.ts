import { spawn } from 'node:child_process';

/** How long the end of the process may take from here on, in ms. */
const PATIENCE_MS = 1_500;

/**
 * Makes sure that this process ends although a call hangs in the kernel (a dead mount, a resolver that does not answer) and
 * holds one of Node's threads, for which its exit waits: a helper process kills it a moment later, unless it has ended by
 * then. Meant for the very end, when nothing is in memory any more that could be lost by it.
 */
export function lastResort(): void {
  const kill = `setTimeout(() => {
    try { if (process.ppid === ${process.pid}) process.kill(${process.pid}, 'SIGKILL'); } catch {}
  }, ${PATIENCE_MS})`;
  spawn(process.execPath, ['-e', kill], { detached: true, stdio: 'ignore' }).unref();
}
