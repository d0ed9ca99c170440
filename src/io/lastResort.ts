import { spawn } from 'node:child_process';

/** How long a clean end may take from here on, in ms. */
const PATIENCE_MS = 1_500;

/**
 * Makes sure that this process ends although a call hangs in the kernel (a dead mount) and holds one of Node's threads, for
 * which its exit waits: a helper process kills it a moment later. Meant for the very end, when nothing is in memory any more
 * that could be lost by it.
 */
export function lastResort(): void {
  const kill = `setTimeout(() => { try { process.kill(${process.pid}, 'SIGKILL'); } catch {} }, ${PATIENCE_MS})`;
  spawn(process.execPath, ['-e', kill], { detached: true, stdio: 'ignore' }).unref();
}
