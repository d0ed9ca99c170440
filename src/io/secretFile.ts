import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { Observable } from 'rxjs';
import { SecretError } from '../errors.ts';

/** Longest secret file that is read, in bytes. */
const MAX_BYTES = 65_536;

/**
 * Reads a secret from its file, anew at each subscription: the bytes without one trailing line end.
 *
 * The file must be regular, at most 64 KiB, owned by root or by this process' user, and not readable by others. Files of
 * `$CREDENTIALS_DIRECTORY` and links to such files work.
 *
 * Errors: `SecretError`, which names the file and the remedy and never quotes what the file holds.
 */
export function secretFile(path: string): Observable<Uint8Array> {
  return new Observable((subscriber) => {
    readSecret(path).then(
      (secret) => {
        subscriber.next(secret);
        subscriber.complete();
      },
      (error: unknown) => subscriber.error(error),
    );
  });
}

/** What {@link secretFile} does, as a promise for the rest of `io/`. */
export async function readSecret(path: string): Promise<Uint8Array> {
  // Opening without blocking: a FIFO in the file's place must not hold a thread.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(
    (error: unknown) => {
      throw new SecretError(`cannot read the secret file ${path}: ${reason(error)}`);
    },
  );
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new SecretError(`the secret file ${path} is not a regular file`);
    if (stat.size > MAX_BYTES) throw new SecretError(`the secret file ${path} is above 64 KiB`);
    if ((stat.mode & 0o007) !== 0) {
      throw new SecretError(`other users can read the secret file ${path}: chmod o-rwx ${path}`);
    }
    const self = process.getuid?.() ?? 0;
    if (stat.uid !== 0 && stat.uid !== self) {
      throw new SecretError(
        `the secret file ${path} belongs to user ${stat.uid}; it must belong to root or to user ${self}`,
      );
    }
    const bytes = await file.readFile();
    const secret = withoutLineEnd(bytes);
    if (secret.length === 0) throw new SecretError(`the secret file ${path} is empty`);
    return secret;
  } finally {
    await file.close();
  }
}

/** Editors end a file with a line end; it is no part of the secret. */
function withoutLineEnd(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  if (bytes[end - 1] === 0x0a) end--;
  if (bytes[end - 1] === 0x0d) end--;
  return bytes.subarray(0, end);
}

const reason = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code === 'ENOENT'
    ? 'it does not exist'
    : ((error as NodeJS.ErrnoException).code ?? 'unknown reason');
