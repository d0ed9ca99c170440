import { lastResort } from './lastResort.ts';

/** How long a reader of stdout and stderr may take for what was written, in ms. */
const PATIENCE_MS = 1_000;
/** How long a file or name that is being looked up at the end may take before it counts as hung, in ms. */
const SETTLE_MS = 100;

/**
 * Ends the process with a code as soon as stdout and stderr have taken what was written. Where a call in the kernel hangs
 * that Node would wait for, it ends by SIGKILL, a moment later.
 */
export function exit(code: number): void {
  if (holdsThread()) setTimeout(() => written(code), SETTLE_MS);
  else written(code);
}

function written(code: number): void {
  const end = (): never => {
    if (holdsThread()) lastResort();
    process.exit(code);
  };
  const waiting = [process.stdout, process.stderr].filter((stream) => stream.writableLength > 0);
  let left = waiting.length;
  if (left === 0) end();
  setTimeout(end, PATIENCE_MS);
  for (const stream of waiting) {
    stream.write('', () => {
      if (--left === 0) end();
    });
  }
}

/** Whether a thread of Node's pool works on a file or a name. */
const holdsThread = (): boolean =>
  process.getActiveResourcesInfo().some((name) => /^(FSReq|GetAddrInfo|GetNameInfo)/.test(name));
