import { readFile } from 'node:fs/promises';
import { constants, gunzip } from 'node:zlib';
import { Observable } from 'rxjs';
import { FileError, messageOf } from '../errors.ts';

/** Bytes of a recording that is read, before compression: more is refused. */
const MAX_READ = 1024 * 1024 * 1024;

/** The text of a recording, decompressed where it is gzip by its first bytes. Errors with `FileError`. */
export function readRecordingFile(path: string): Observable<string> {
  return new Observable((subscriber) => {
    const fail = (error: unknown): void =>
      subscriber.error(new FileError(`${path}: ${messageOf(error)}`, { cause: error }));
    const emit = (bytes: Buffer): void => {
      subscriber.next(bytes.toString('utf8'));
      subscriber.complete();
    };
    readFile(path).then((bytes) => {
      if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) {
        emit(bytes);
        return;
      }
      // A recorder that was killed did not end its file: what is there is read.
      const options = { maxOutputLength: MAX_READ, finishFlush: constants.Z_SYNC_FLUSH };
      gunzip(bytes, options, (error, plain) => {
        if (error) fail(error);
        else emit(plain);
      });
    }, fail);
  });
}
