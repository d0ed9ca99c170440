import { join } from 'node:path';
import type { Files } from './files.ts';

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
    // What an attempt before could not remove.
    await files.remove(temporary);
    const file = await files.create(temporary);
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
