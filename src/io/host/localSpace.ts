import { type BigIntStatsFs, statfs } from 'node:fs';
import { Observable } from 'rxjs';
import { FileError, messageOf } from '../../errors.ts';
import type { FileSystemSpace } from '../../ports/host.ts';
import { fileSystemSpace } from './fileSystemSpace.ts';

/** `fs.statfs` with bigints; replaceable for tests. */
export type Statfs = (
  path: string,
  options: { bigint: true },
  done: (error: Error | null, stats: BigIntStatsFs) => void,
) => void;

/** Space of local file systems, asked on the thread pool. */
export interface LocalSpace {
  readonly ask: (mount: string) => Observable<FileSystemSpace>;
  /** How many threads still hold a call that nobody waits for any more. */
  readonly stuck: () => number;
}

/**
 * Asks with statfs(2) on Node's thread pool, which costs nothing where the file system answers.
 *
 * A call cannot be taken back, so a mount whose last call has not returned is not asked again: that is an error at
 * once. `stuck` counts such calls, so that the caller can go another way before all four threads are held.
 */
export function localSpace(ask: Statfs = statfs): LocalSpace {
  const pending = new Map<string, { abandoned: boolean }>();
  const space: LocalSpace = {
    ask: (mount) =>
      new Observable<FileSystemSpace>((subscriber) => {
        if (pending.has(mount)) {
          subscriber.error(new FileError(`${mount}: the file system still does not answer`));
          return;
        }
        const call = { abandoned: false };
        pending.set(mount, call);
        subscriber.add(() => (call.abandoned = true));
        ask(mount, { bigint: true }, (error, stats) => {
          pending.delete(mount);
          if (error) {
            subscriber.error(new FileError(`${mount}: ${messageOf(error)}`, { cause: error }));
            return;
          }
          subscriber.next(fileSystemSpace(stats));
          subscriber.complete();
        });
      }),
    stuck: () => [...pending.values()].filter(({ abandoned }) => abandoned).length,
  };
  return space;
}
