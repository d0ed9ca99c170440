import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError, messageOf } from '../../errors.ts';
import type { AsideName } from '../../ports/spool.ts';
import type { Counts } from '../../schema/json.ts';
import { diskFiles } from './diskFiles.ts';
import { type Shelf, shelfFolder, shelves } from './folders.ts';
import { byPlace, nameOf, placeOf } from './place.ts';
import { readHead } from './readHead.ts';
import { readNote } from './shelfNote.ts';

/** A payload that was set aside, as it lies on the disk. What cannot be read is null. */
export interface AsidePayload {
  readonly name: AsideName;
  readonly shelf: Shelf;
  /** `42`; of a half `42-0`. */
  readonly number: string;
  readonly id: string | null;
  readonly counts: Counts | null;
  /** Of the whole file. */
  readonly bytes: number | null;
  /** When its window closed, ISO 8601. */
  readonly created_at: string | null;
  /** When it was set aside, ISO 8601. */
  readonly set_aside_at: string | null;
  readonly reason: string | null;
}

/**
 * What was set aside in a state directory, oldest first within its folder. Looks at the files alone, whether an agent runs
 * or not. Rejects with `FileError` where it may not.
 */
export async function asideList(stateDir: string): Promise<AsidePayload[]> {
  const spool = join(stateDir, 'spool');
  const found: AsidePayload[] = [];
  for (const shelf of shelves) {
    const folder = shelfFolder(spool, shelf);
    const places = (await names(folder)).map(placeOf).filter((place) => place !== null);
    for (const place of places.sort(byPlace)) {
      const [head, note] = await Promise.all([
        readHead(diskFiles, join(folder, nameOf(place))).catch(() => null),
        readNote(diskFiles, folder, place),
      ]);
      found.push({
        name: `${shelf}/${nameOf(place)}`,
        shelf,
        number: `${place.sequence}${place.part.replace(/./g, '-$&')}`,
        id: head?.header.id ?? null,
        counts: head?.header.counts ?? null,
        bytes: head?.size ?? null,
        created_at: head?.header.createdAt ?? null,
        set_aside_at: note?.at ?? null,
        reason: note?.reason ?? null,
      });
    }
  }
  return found;
}

async function names(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new FileError(`cannot look into ${folder}: ${messageOf(error)}`);
  }
}
