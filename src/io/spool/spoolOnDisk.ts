import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError, messageOf } from '../../errors.ts';
import { diskFiles } from './diskFiles.ts';
import type { FileHeader } from './headerLine.ts';
import type { Ledger } from './ledger.ts';
import { byPlace, placeOf } from './place.ts';
import { readHead } from './readHead.ts';

/** What lies in the spool of a state directory. */
export interface SpoolOnDisk {
  /** That wait. */
  readonly payloads: number;
  readonly bytes: number;
  /** When the window of the oldest one closed, ISO 8601; null where none waits. */
  readonly oldest_at: string | null;
  /** The books over all runs, as the newest header tells them; null before the first. */
  readonly ledger: Ledger | null;
}

/** Looks at the files alone, whether an agent runs or not. Rejects with `FileError` where it may not. */
export async function spoolOnDisk(stateDir: string): Promise<SpoolOnDisk> {
  const folder = join(stateDir, 'spool');
  const files = (await namesIn(folder))
    .flatMap((name) => {
      const place = placeOf(name);
      return place ? [{ name, place }] : [];
    })
    .sort((a, b) => byPlace(a.place, b.place));
  const waiting = files.filter(({ place }) => !place.acked);
  let bytes = 0;
  for (const { name } of waiting) {
    // What the agent delivers meanwhile is gone.
    bytes += (await stat(join(folder, name)).catch(() => ({ size: 0 }))).size;
  }
  const first = (list: typeof files): Promise<FileHeader | null> => firstIntact(folder, list);
  return {
    payloads: waiting.length,
    bytes,
    oldest_at: (await first(waiting))?.createdAt ?? null,
    ledger: (await first(files.toReversed()))?.ledger ?? null,
  };
}

async function firstIntact(
  folder: string,
  files: readonly { readonly name: string }[],
): Promise<FileHeader | null> {
  for (const { name } of files) {
    const head = await readHead(diskFiles, join(folder, name)).catch(() => null);
    if (head) return head.header;
  }
  return null;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new FileError(`cannot look into ${folder}: ${messageOf(error)}`);
  }
}
