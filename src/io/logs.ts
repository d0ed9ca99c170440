import { Observable } from 'rxjs';
import { FileError } from '../errors.ts';
import type { LogChunk, LogMark, Logs } from '../ports.ts';
import { allowance } from './logs/allowance.ts';
import { follow } from './logs/follow.ts';
import { logFileError } from './logs/logFiles.ts';

export interface LogsOptions {
  /** Files are looked at so often when nothing comes. Default: 250 ms. */
  readonly pollMs?: number;
  /** Reading runs at most so far beyond the newest mark. Default: 4 MiB. */
  readonly maxAheadBytes?: number;
}

/**
 * Follows PostgreSQL's log files: plain files of one directory, by size and age, without notifications of the kernel
 * (there are none on network file systems). Each subscription follows by itself and closes its file at the end.
 */
export const logs =
  ({ pollMs = 250, maxAheadBytes = 4_194_304 }: LogsOptions = {}): Logs =>
  (place, mark$) =>
    new Observable<LogChunk>((subscriber) => {
      const allowed = allowance(maxAheadBytes);
      let wake = (): void => undefined;
      let following = false;
      const pause = (): Promise<void> =>
        new Promise((resolve) => {
          const timer = setTimeout(resolve, subscriber.closed ? 0 : pollMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      const begin = (mark: LogMark | undefined): void => {
        following = true;
        follow({
          place,
          mark,
          allowance: allowed,
          emit: (chunk) => subscriber.next(chunk),
          ended: () => subscriber.closed,
          pause,
        }).catch((error: unknown) => {
          subscriber.error(
            error instanceof FileError ? error : logFileError(place.directory, error),
          );
        });
      };
      subscriber.add(() => wake());
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
