import { createWriteStream, openSync } from 'node:fs';
import { finished } from 'node:stream';
import { createGzip } from 'node:zlib';
import { Observable } from 'rxjs';
import { FileError, messageOf } from '../errors.ts';

/** A file that is being written, line by line. */
export interface RecordingFile {
  /** Takes a line without its newline; false where it was too much: nothing is taken any more. */
  readonly write: (line: string) => boolean;
  /** Writes all and closes; emits once that is done. Errors with `FileError`. */
  readonly close: () => Observable<void>;
}

export interface RecordingFileOptions {
  /** Most bytes, before compression. What does not fit is not written; the last line says so. */
  readonly maxBytes: number;
  /** The last line of a file that had reached its bound, without its newline. */
  readonly truncated: () => string;
  /** The file cannot be written (any more); said once. */
  readonly onError: (error: FileError) => void;
}

/** Bytes that may wait for a slow disk; above, the recording ends as at its bound. */
const MAX_WAITING = 16 * 1024 * 1024;

/**
 * Creates a file for a recording, exclusively and with mode 0600; gzip where its name ends in `.gz`.
 *
 * @throws FileError where it exists or cannot be created
 */
export function openRecording(
  path: string,
  { maxBytes, truncated, onError }: RecordingFileOptions,
): RecordingFile {
  let fd: number;
  try {
    fd = openSync(path, 'wx', 0o600);
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
    throw new FileError(
      exists ? `${path} exists; a recording replaces no file` : `${path}: ${messageOf(error)}`,
      { cause: error },
    );
  }
  const file = createWriteStream(path, { fd });
  const gzip = path.endsWith('.gz') ? createGzip() : null;
  gzip?.pipe(file);
  const stream = gzip ?? file;
  let bytes = 0;
  let isFull = false;
  let failed: FileError | undefined;
  file.on('error', (error) => {
    isFull = true;
    if (failed) return;
    failed = new FileError(`${path}: ${messageOf(error)}`, { cause: error });
    onError(failed);
  });
  const room = maxBytes - Buffer.byteLength(truncated()) - 64;
  const opened: RecordingFile = {
    write: (line) => {
      if (isFull) return false;
      const size = Buffer.byteLength(line) + 1;
      isFull = bytes + size > room || stream.writableLength > MAX_WAITING;
      bytes += size;
      stream.write(`${isFull ? truncated() : line}\n`);
      return !isFull;
    },
    close: () =>
      new Observable((subscriber) => {
        stream.end();
        finished(file, () => {
          if (failed) {
            subscriber.error(failed);
            return;
          }
          subscriber.next();
          subscriber.complete();
        });
      }),
  };
  return opened;
}
