import { join } from 'node:path';
import type { Files, NewFile } from './files.ts';

/**
 * Makes a file durable: written under a temporary name, synced, renamed, and its folder synced. Resolves when it cannot be
 * lost any more.
 *
 * Rejects with the first error; then nothing, or at most a whole file with the given name, is there. What failed to sync is
 * never synced again: the caller writes it anew.
 */
export async function writePayload(
  files: Files,
  folder: string,
  name: string,
  parts: readonly Uint8Array[],
): Promise<void> {
  const temporary = join(folder, `${name}.tmp`);
  try {
    const file = await created(files, temporary);
    try {
      await file.write(parts);
      await file.sync();
    } catch (error) {
      await file.close().catch(() => undefined);
      throw error;
    }
    await file.close();
    await files.rename(temporary, join(folder, name));
  } catch (error) {
    await files.remove(temporary).catch(() => undefined);
    throw error;
  }
  await files.syncFolder(folder);
}

/** A new file, also where an attempt before could not remove its own. */
async function created(files: Files, path: string): Promise<NewFile> {
  try {
    return await files.create(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    await files.remove(path);
    return files.create(path);
  }
}
