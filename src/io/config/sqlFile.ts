import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { Observable } from 'rxjs';
import { FileError, messageOf } from '../../errors.ts';

/** Greatest size of a file with a statement, in bytes. */
const maxBytes = 100_000;

/**
 * The text of a file with a statement, anew at each subscription. Whoever can write to it decides what this collector's
 * role runs: it must be a regular file of root or of this process' user that nobody else can write to.
 *
 * Errors: `FileError`, with the reason.
 */
export function sqlFile(path: string): Observable<string> {
  return new Observable((subscriber) => {
    load(path).then(
      (text) => {
        subscriber.next(text);
        subscriber.complete();
      },
      (error: unknown) => subscriber.error(readable(path, error)),
    );
  });
}

async function load(path: string): Promise<string> {
  // Without blocking: a FIFO at the path must not hold a thread.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = await file.stat();
    const self = process.getuid?.() ?? 0;
    if (!stat.isFile()) throw new FileError(`${path} is not a regular file`);
    if (stat.size > maxBytes) throw new FileError(`${path} is larger than ${maxBytes} bytes`);
    if ((stat.mode & 0o022) !== 0) {
      throw new FileError(`others can write to ${path}: chmod go-w ${path}`);
    }
    if (stat.uid !== 0 && stat.uid !== self) {
      throw new FileError(
        `${path} belongs to user ${stat.uid}; it must belong to root or to user ${self}`,
      );
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(await file.readFile());
  } finally {
    await file.close();
  }
}

function readable(path: string, error: unknown): FileError {
  if (error instanceof FileError) return error;
  const { code } = error as NodeJS.ErrnoException;
  return new FileError(
    code === 'ENOENT'
      ? `${path} does not exist`
      : `cannot read ${path}: ${code ?? messageOf(error)}`,
  );
}
