import { join } from 'node:path';
import type { Files } from './files.ts';
import { shelfFolder, shelves } from './folders.ts';
import { type Place, ackedNameOf, placeOf } from './place.ts';

/** Files that do not wait but have headers: acknowledged ones (`ours`: kept for the header alone), and those on the shelves. */
export async function keptPlaces(
  files: Files,
  folder: string,
  places: readonly (Place & { readonly acked: boolean })[],
): Promise<{ readonly place: Place; readonly path: string; readonly ours: boolean }[]> {
  const acked = places.filter((place) => place.acked);
  const kept = acked.map((place) => ({
    place,
    path: join(folder, ackedNameOf(place)),
    ours: true,
  }));
  for (const shelf of shelves) {
    const path = shelfFolder(folder, shelf);
    for (const name of await files.list(path)) {
      const place = placeOf(name);
      if (place) kept.push({ place, path: join(path, name), ours: false });
    }
  }
  return kept;
}
