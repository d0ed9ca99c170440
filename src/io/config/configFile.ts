import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import {
  Observable,
  catchError,
  concat,
  concatMap,
  defer,
  exhaustMap,
  map,
  merge,
  of,
  retry,
  switchMap,
  throttleTime,
} from 'rxjs';
import { FileError, messageOf } from '../../errors.ts';
import type { ConfigFile, ConfigText, ConfigUnreadable } from '../../ports/configFile.ts';
import { folderLooks } from './folderLooks.ts';

/** Greatest size of a configuration file, in bytes. */
const maxBytes = 1_048_576;
/** An editor that replaces a file by renaming leaves a moment without one, in ms. */
const renameMs = 500;
/** Signals to read again count once in this time, in ms, and once more at its end: longer than one reading takes. */
const burstMs = 1_000;

/** Reads and follows the local configuration file. */
export const configFile: ConfigFile = {
  read: (path) => readText(path, 'start'),
  follow: (path, reload$) =>
    defer(() => {
      // What was last handed on: text, or the problem that kept it from being read.
      let last: string | undefined;
      const fresh = (reading: ConfigText | ConfigUnreadable): boolean => {
        const now = 'problem' in reading ? `unreadable ${reading.problem}` : `text ${reading.text}`;
        const changed = now !== last;
        last = now;
        return changed || reading.origin === 'signal';
      };
      const again$ = (origin: 'file' | 'signal'): Observable<ConfigText | ConfigUnreadable> =>
        readText(path, origin).pipe(
          retry({ count: 1, delay: renameMs }),
          catchError((error: unknown) => of({ name: path, origin, problem: messageOf(error) })),
        );
      return concat(
        readText(path, 'start'),
        merge(
          // The newest of a burst of signals is enough: each would read, and wait for a file that is not there.
          reload$.pipe(
            throttleTime(burstMs, undefined, { leading: true, trailing: true }),
            switchMap(() => again$('signal')),
          ),
          folderLooks(path).pipe(exhaustMap(() => again$('file'))),
        ),
      ).pipe(concatMap((reading) => (fresh(reading) ? of(reading) : [])));
    }),
};

/** The file's text; errors with `FileError`. Unsubscribing gives up on it. */
function readText<O extends ConfigText['origin']>(
  path: string,
  origin: O,
): Observable<ConfigText & { origin: O }> {
  return new Observable<{ text: string; exposed: boolean }>((subscriber) => {
    const abort = new AbortController();
    load(path, abort.signal).then(
      (loaded) => {
        subscriber.next(loaded);
        subscriber.complete();
      },
      (error: unknown) => subscriber.error(readable(path, error)),
    );
    return () => abort.abort();
  }).pipe(map((loaded) => ({ name: path, origin, ...loaded })));
}

async function load(
  path: string,
  signal: AbortSignal,
): Promise<{ text: string; exposed: boolean }> {
  // Without blocking: a FIFO at the path must not hang the start.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { mode, size } = await file.stat().then((stat) => {
      if (!stat.isFile()) throw new FileError(`cannot read ${path}: it is not a regular file`);
      return stat;
    });
    if (size > maxBytes) throw new FileError(`cannot read ${path}: it is larger than 1 MiB`);
    const bytes = await file.readFile({ signal });
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { text, exposed: (mode & 0o004) !== 0 };
  } finally {
    await file.close();
  }
}

function readable(path: string, error: unknown): FileError {
  if (error instanceof FileError) return error;
  const { code } = error as NodeJS.ErrnoException;
  const why =
    code === 'ENOENT'
      ? 'it does not exist; copy config.toml.sample there, or name another with --config FILE'
      : code === 'EACCES'
        ? 'permission denied; it must be readable by the user that runs the collector'
        : code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
          ? 'it is not UTF-8 text'
          : (code ?? messageOf(error));
  return new FileError(`cannot read ${path}: ${why}`);
}
