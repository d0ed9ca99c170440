import { randomUUID } from 'node:crypto';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Observable } from 'rxjs';
import { FileError, messageOf } from '../errors.ts';

/**
 * Makes sure that private files can be made in the state directory, which is created where it does not exist: before the
 * backend is asked for an identity that could not be kept. Emits once; errors with `FileError`, which says what to do.
 */
export function stateFolder(path: string): Observable<void> {
  return new Observable((subscriber) => {
    tried(path).then(
      () => {
        subscriber.next();
        subscriber.complete();
      },
      (error: unknown) => subscriber.error(unusableFolder(path, error)),
    );
  });
}

/** What to do about a state directory in which nothing can be written. */
export function unusableFolder(path: string, error: unknown): FileError {
  const { code } = error as NodeJS.ErrnoException;
  const remedies: Readonly<Record<string, string>> = {
    ENOSPC: 'the disk is full: make room',
    EDQUOT: 'the quota is used up: make room',
    EROFS: 'its file system is read-only: mount it for writing',
  };
  const remedy = remedies[code ?? ''] ?? 'it must belong to the user that runs the collector';
  return new FileError(
    `[collector] state_dir ${path} cannot be used: ${messageOf(error)}; ${remedy}, or set another one`,
  );
}

async function tried(path: string): Promise<void> {
  await made(path);
  const file = join(path, `.${randomUUID()}.tmp`);
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile('x');
    } finally {
      await handle.close();
    }
  } finally {
    await rm(file, { force: true }).catch(() => undefined);
  }
}

/** Not `recursive` where the folder above exists: in `/proc` Node would try for ever. */
async function made(path: string): Promise<void> {
  const above = await stat(dirname(path)).catch(() => null);
  try {
    await mkdir(path, { recursive: above === null, mode: 0o700 });
  } catch (error) {
    const there = await stat(path).catch(() => null);
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !there?.isDirectory()) throw error;
  }
}
