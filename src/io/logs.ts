import { Observable } from 'rxjs';
import { CollectorError } from '../errors.ts';
import type { LogChunk, LogMark, Logs } from '../ports/logs.ts';
import { allowance } from './logs/allowance.ts';
import { fileQueue } from './logs/fileQueue.ts';
import { follow } from './logs/follow.ts';
import { localFolder, logFileError } from './logs/localFolder.ts';
import { remoteFolder } from './logs/remoteFolder.ts';

export interface LogsPortOptions {
  /** Files are looked at so often when nothing comes. Default: 250 ms. */
  readonly pollMs?: number;
  /** Those on another host: each look is a query there. Default: 2 s. */
  readonly remotePollMs?: number;
  /** Reading runs at most so far beyond the newest mark. Default: 4 MiB. */
  readonly maxAheadBytes?: number;
  /** Called with each chunk as long as much is read without a pause. Default: nothing happens. */
  readonly hurry?: () => void;
}

/**
 * Follows PostgreSQL's log files: plain files of one directory, by size, age and content, without notifications of the
 * kernel (there are none on network file systems). Each subscription follows by itself and closes its file at the end.
 */
export const logs =
  ({
    pollMs = 250,
    remotePollMs = 2000,
    maxAheadBytes = 4_194_304,
    hurry = () => undefined,
  }: LogsPortOptions = {}): Logs =>
  (place, mark$, { finish$, remote } = {}) =>
    new Observable<LogChunk>((subscriber) => {
      const folder = remote ? remoteFolder(remote) : localFolder(place);
      const usualMs = remote ? remotePollMs : pollMs;
      const allowed = allowance(maxAheadBytes);
      let wake = (): void => undefined;
      let following = false;
      let finishing = false;
      const pause = (ms = usualMs): Promise<void> =>
        new Promise((resolve) => {
          const timer = setTimeout(resolve, subscriber.closed ? 0 : ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      const begin = (mark: LogMark | undefined): void => {
        following = true;
        follow({
          folder,
          queue: fileQueue(folder, place),
          mark,
          allowance: allowed,
          emit: (chunk) => subscriber.next(chunk),
          ended: () => subscriber.closed,
          finishing: () => finishing,
          pause,
          hurry,
        }).then(
          () => subscriber.complete(),
          (error: unknown) => {
            subscriber.error(
              error instanceof CollectorError ? error : logFileError(place.directory, error),
            );
          },
        );
      };
      subscriber.add(() => wake());
      subscriber.add(
        finish$?.subscribe({
          next: () => {
            finishing = true;
            wake();
          },
          error: (error: unknown) => subscriber.error(error),
        }),
      );
      subscriber.add(
        mark$.subscribe({
          next: (mark) => {
            if (!following) begin(mark);
            else if (mark) {
              const before = allowed.open();
              allowed.done(mark);
              if (!before && allowed.open()) wake();
            }
          },
          error: (error: unknown) => subscriber.error(error),
        }),
      );
    });
