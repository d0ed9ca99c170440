import { join } from 'node:path';
import type { Files } from './files.ts';
import { type Place, nameOf } from './place.ts';

/** Why a payload stands on a shelf: `<name>.reason` beside it, one JSON object. */
export interface ShelfNote {
  /** What the backend answered, or what is wrong with the file. */
  readonly reason: string;
  /** When it was set aside, ISO 8601. */
  readonly at: string;
}

const pathOf = (folder: string, place: Place): string => join(folder, `${nameOf(place)}.reason`);

/** Writes the note, if it can be: a full disk does not keep a payload from being set aside. */
export async function writeNote(
  files: Files,
  folder: string,
  place: Place,
  note: ShelfNote,
): Promise<void> {
  try {
    await files.remove(pathOf(folder, place));
    const file = await files.create(pathOf(folder, place));
    try {
      await file.write([Buffer.from(`${JSON.stringify(note)}\n`)]);
    } finally {
      await file.close();
    }
  } catch {
    // The payload is what counts.
  }
}

/** The note; null where there is none that can be read. */
export async function readNote(
  files: Files,
  folder: string,
  place: Place,
): Promise<ShelfNote | null> {
  try {
    const text = Buffer.from(await files.read(pathOf(folder, place))).toString('utf8');
    return JSON.parse(text) as ShelfNote;
  } catch {
    return null;
  }
}

/** Removes the note, if there is one. */
export const removeNote = (files: Files, folder: string, place: Place): Promise<void> =>
  files.remove(pathOf(folder, place)).catch(() => undefined);
