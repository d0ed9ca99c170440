import { type ChildProcess, spawn } from 'node:child_process';
import { Observable } from 'rxjs';
import { FileError, messageOf } from '../../errors.ts';
import type { FileSystemSpace } from '../../ports/host.ts';
import { fileSystemSpace } from './fileSystemSpace.ts';
import { spaceScript } from './spaceScript.ts';

type StatsText = Record<'bsize' | 'blocks' | 'bfree' | 'bavail' | 'files' | 'ffree', string> & {
  readonly frsize?: string;
};
type Answer = { readonly mount: string } & (
  { readonly stats: StatsText } | { readonly error: string }
);
type Settle = (answer: Answer) => void;

/** Space of file systems that may never answer. */
export interface RemoteSpace {
  readonly ask: (mount: string) => Observable<FileSystemSpace>;
}

/** More threads than a host has hung mounts: each of them holds one. */
const THREADS = '128';

/**
 * Space of file systems that may never answer: network and FUSE mounts.
 *
 * All that are asked at the same time share one child process, which is killed as soon as nobody waits for it any more.
 * So neither the agent's thread pool nor its exit can hang on a mount. A mount is asked by one process at most: while
 * a killed one cannot die (the kernel holds it), asking again is an error at once.
 *
 *     ask a     ^----s|
 *     ask b     ^---------!     unsubscribed, without an answer
 *     child     ^---------K     killed; b is refused until it is gone
 */
export function remoteSpace(script = spaceScript): RemoteSpace {
  /** Who asks each mount, over all processes. */
  const held = new Map<string, ChildProcess>();
  let current: { readonly child: ChildProcess; readonly waiting: Map<string, Settle> } | undefined;

  const start = (): NonNullable<typeof current> => {
    const waiting = new Map<string, Settle>();
    const child = spawn(process.execPath, ['-e', script], {
      cwd: '/',
      // Nothing of the agent's environment: it may hold secrets.
      env: { UV_THREADPOOL_SIZE: THREADS },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const gone = (error: string): void => {
      for (const [mount, by] of [...held]) if (by === child) held.delete(mount);
      if (current?.child === child) current = undefined;
      for (const [mount, settle] of [...waiting]) settle({ mount, error });
    };
    child.on('message', (answer: Answer) => {
      held.delete(answer.mount);
      waiting.get(answer.mount)?.(answer);
    });
    child.on('error', (error) => {
      gone(messageOf(error));
    });
    child.on('exit', () => {
      gone('the process that asked it ended');
    });
    return { child, waiting };
  };

  const space: RemoteSpace = {
    ask: (mount) =>
      new Observable<FileSystemSpace>((subscriber) => {
        if (held.has(mount)) {
          subscriber.error(new FileError(`${mount}: the file system still does not answer`));
          return;
        }
        const { child, waiting } = (current ??= start());
        held.set(mount, child);
        subscriber.add(() => {
          waiting.delete(mount);
          if (waiting.size > 0) return;
          if (current?.child === child) current = undefined;
          end(child);
        });
        waiting.set(mount, (answer) => {
          if ('error' in answer) {
            subscriber.error(new FileError(`${mount}: ${answer.error}`));
            return;
          }
          subscriber.next(fileSystemSpace(bigints(answer.stats)));
          subscriber.complete();
        });
        // A failure to send is seen as the child's end.
        if (child.connected) child.send(mount, () => undefined);
      }),
  };
  return space;
}

/** Ends a child for good, and lets this process end without it. */
function end(child: ChildProcess): void {
  child.kill('SIGKILL');
  if (child.connected) child.disconnect();
  child.unref();
}

const bigints = (stats: StatsText): Parameters<typeof fileSystemSpace>[0] => ({
  bsize: BigInt(stats.bsize),
  blocks: BigInt(stats.blocks),
  bfree: BigInt(stats.bfree),
  bavail: BigInt(stats.bavail),
  files: BigInt(stats.files),
  ffree: BigInt(stats.ffree),
  ...(stats.frsize !== undefined && { frsize: BigInt(stats.frsize) }),
});
