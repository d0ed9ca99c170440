import { join } from 'node:path';
import { Observable, concat, concatMap, defer, ignoreElements, map, startWith } from 'rxjs';
import type { OpenSpool, Spool, SpoolNews } from '../../ports/spool.ts';
import { type StateLock, takeStateLock } from '../lock/stateLock.ts';
import { MAX_FILES } from './bounds.ts';
import { durableSpool } from './durableSpool.ts';

const DAY_MS = 86_400_000;

/**
 * The spool of a state directory, for one agent alone: takes the directory's lock, then opens `<state_dir>/spool`.
 *
 * Errors with `FileError`, which names the other process where there is one. `close` gives the lock back; unsubscribing
 * without it leaves the lock behind, as a kill does, and the next run says that this one did not end cleanly.
 */
export const stateSpool =
  (stateDir: string): OpenSpool =>
  ({ maxBytes, maxAgeMs = 7 * DAY_MS, minFreeBytes }) =>
    locked(join(stateDir, 'lock')).pipe(
      concatMap((lock) =>
        durableSpool({
          folder: join(stateDir, 'spool'),
          bounds: { maxBytes, maxFiles: MAX_FILES, maxAgeMs, minFreeBytes: minFreeBytes ?? null },
        }).pipe(map((spool) => withLock(spool, lock))),
      ),
    );

/** Holds the lock while it is subscribed; emits once and does not complete. */
function locked(path: string): Observable<StateLock> {
  return new Observable((subscriber) => {
    let held: StateLock | undefined;
    takeStateLock(path).then(
      (lock) => {
        if (subscriber.closed) void lock.release();
        else {
          held = lock;
          subscriber.next(lock);
        }
      },
      (error: unknown) => subscriber.error(error),
    );
    return () => held?.abandon();
  });
}

function withLock(spool: Spool, lock: StateLock): Spool {
  function released(): Observable<never> {
    return defer(() => lock.release().catch(() => undefined)).pipe(ignoreElements());
  }
  const { marks, recovered, newestAt, entries$, waiting$, evicted$, pressure$, news$, aside } =
    spool;
  const unclean = uncleanNews(lock);
  const kept: Spool = {
    ...{ marks, recovered, entries$, waiting$, evicted$, pressure$, aside },
    ...(newestAt !== undefined && { newestAt }),
    news$: unclean ? news$.pipe(startWith(unclean)) : news$,
    append: (payload) => spool.append(payload),
    read: (entry) => spool.read(entry),
    settle: (entry, fate) => spool.settle(entry, fate),
    close: () => concat(spool.close(), released()),
  };
  return kept;
}

function uncleanNews({ uncleanSince }: StateLock): SpoolNews | null {
  if (uncleanSince === null) return null;
  const since = new Date(uncleanSince).toISOString();
  const message =
    `unclean_shutdown: the run before did not end cleanly, its last sign of life was ${since}; metrics that were not in ` +
    'the spool by then are lost, log entries are read again';
  return { is: 'notice', message };
}
