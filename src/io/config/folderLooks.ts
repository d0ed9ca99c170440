import { watch } from 'node:fs';
import { dirname } from 'node:path';
import { EMPTY, Observable, auditTime, catchError, interval, map, merge, repeat } from 'rxjs';

/** How long after a first sign of change a file is looked at, in ms: what writes it is then mostly done. */
const settleMs = 200;
/** How often a file is looked at without any sign, in ms: network folders and swapped links give none. */
const lookMs = 30_000;

/**
 * Emits whenever a file is worth a look: when the watching of its folder has begun (it may have changed before that),
 * after a change in it (a rename over it, a swapped link) and every 30 s.
 *
 *     folder   w----cc-----------------c-------   w: the watching begins
 *     result   --x----x-----------------x---x--   x: 200 ms after the first sign; every 30 s
 *
 * The folder is watched, not the file: editors replace a file by renaming another over it. A folder that cannot be
 * watched (too many watches, removed) is tried again every 30 s. Never errors and never completes.
 */
export function folderLooks(path: string): Observable<void> {
  return merge(
    interval(lookMs),
    folderChanges(dirname(path)).pipe(
      catchError(() => EMPTY),
      repeat({ delay: lookMs }),
    ),
  ).pipe(
    auditTime(settleMs),
    map(() => undefined),
  );
}

/** Emits when the watching has begun and at each change in a folder; completes when it is gone. */
function folderChanges(folder: string): Observable<void> {
  return new Observable((subscriber) => {
    const watcher = watch(folder, { persistent: false });
    watcher.on('change', () => subscriber.next());
    watcher.on('error', () => subscriber.complete());
    subscriber.next();
    return () => watcher.close();
  });
}
