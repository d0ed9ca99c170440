import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { CurrentLogfiles } from '../../ports/logs.ts';

/** The file has three lines at most, each a path. */
const mostBytes = 16_384;

/**
 * Tells the base name of the file that the server writes now; undefined where it does not say so, or this user may not read
 * it (the data directory is open to the server's user, at most to its group). Asked again, it reads only what is new: the
 * server puts another file in its place.
 */
export function currentLogfile({
  path,
  format,
}: CurrentLogfiles): () => Promise<string | undefined> {
  let seen: string | undefined;
  let name: string | undefined;
  return async () => {
    const state = await stateOf(path);
    if (state !== undefined && state === seen) return name;
    const text = await textOf(path).catch(() => '');
    const line = text.split('\n').find((one) => one.startsWith(`${format} `));
    name = line && basename(line.slice(format.length + 1));
    seen = state;
    return name;
  };
}

/** Changes with the file, its content and who may read it. */
const stateOf = (path: string): Promise<string | undefined> =>
  lstat(path).then(
    ({ ino, ctimeMs, size }) => `${ino} ${ctimeMs} ${size}`,
    () => undefined,
  );

/** Without following a link in its place and without waiting: it may be another file, whoever put it there. */
async function textOf(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) return '';
    const { buffer, bytesRead } = await file.read(Buffer.alloc(mostBytes), 0, mostBytes, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
