import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Observable } from 'rxjs';
import { FileError } from '../../errors.ts';
import { readHolder, startTimeOf, thisProcess } from './holder.ts';
import { standingOf } from './staleness.ts';

/**
 * Emits once where no process of this host works with a state directory; touches nothing. Errors with `FileError` that
 * names the process otherwise.
 */
export function stateFree(stateDir: string): Observable<void> {
  return new Observable((subscriber) => {
    runningHolder(stateDir).then(
      (pid) => {
        if (pid !== null) {
          subscriber.error(
            new FileError(
              `${stateDir} is in use by the collector of process ${pid}; give this one a configuration with a state_dir of its own`,
            ),
          );
          return;
        }
        subscriber.next();
        subscriber.complete();
      },
      (error: unknown) => subscriber.error(error),
    );
  });
}

/** The process that holds the lock and runs; null where there is none. */
async function runningHolder(stateDir: string): Promise<number | null> {
  const text = await readFile(join(stateDir, 'lock'), 'utf8').catch(() => '');
  const holder = readHolder(text);
  if (holder === null) return null;
  const standing = await standingOf(holder, await thisProcess(), startTimeOf);
  return standing === 'runs' ? holder.pid : null;
}
