import { join } from 'node:path';
import { type Counts, type Json, sumOf } from '../../schema/json.ts';
import type { Clock } from './clock.ts';
import { type Entry, entryOf } from './entry.ts';
import type { Files } from './files.ts';
import { shelfFolder, shelves } from './folders.ts';
import { inParallel } from './inParallel.ts';
import { keptPlaces } from './keptPlaces.ts';
import { type Ledger, booked, emptyLedger, resumed } from './ledger.ts';
import { NewestHeader } from './newestHeader.ts';
import { type Place, byPlace, nameOf, placeOf, wholesOf } from './place.ts';
import { type ReadHead, readHead } from './readHead.ts';
import { writeNote } from './shelfNote.ts';

/** What a spool folder holds at the start. */
export interface Found {
  /** In their order. */
  readonly entries: readonly Entry[];
  /** Files that lost their end, now in `damaged/`. */
  readonly cut: readonly { readonly id: string; readonly counts: Counts }[];
  /** Payloads of another machine, now in `dead/`: that one has them too. */
  readonly foreign: readonly { readonly counts: Counts }[];
  /** How many files had a header that cannot be understood, now in `damaged/`; what was in them is not known. */
  readonly unreadable: number;
  /** Of the newest intact header. */
  readonly marks: Readonly<Record<string, Json>>;
  readonly ledger: Ledger;
  /** Whose headers are kept until there are newer ones: that one, and the one before; newest first. */
  readonly kept: readonly Place[];
  /** When that payload was made, ISO 8601. */
  readonly newestAt: string | null;
  /** A newer header was there, but damaged: sources resume further back than they stood. */
  readonly fellBack: boolean;
  /** The highest that was ever used. */
  readonly sequence: number;
  /** This machine, as the headers name it from now on. */
  readonly machine: string | null;
}

/**
 * Looks at a spool folder and puts it in order: unfinished files go, halves go whose whole is still there (it will be cut
 * again), damaged files are set aside, and so is what another machine made: a copy of its state directory is here.
 *
 * Reads header lines alone: the time grows with the number of payloads, not with their size. Rejects where the folder
 * cannot be read or written.
 */
export async function recover(
  files: Files,
  folder: string,
  clock: Clock,
  machine: string | null,
): Promise<Found> {
  for (const path of [folder, ...shelves.map((shelf) => shelfFolder(folder, shelf))]) {
    await files.makeFolder(path);
  }
  const places = (await tidyNames(files, folder)).map(placeOf).filter((place) => place !== null);
  const wallclock = clock.now();
  const monotonic = clock.monotonic();
  const intact = new Map<string, Entry>();
  const cut: { id: string; counts: Counts }[] = [];
  const foreign: { counts: Counts }[] = [];
  const broken: Place[] = [];
  const newest = new NewestHeader();

  const look = async (place: Place): Promise<void> => {
    const head = await headAt(files, join(folder, nameOf(place)));
    if (head === null) {
      broken.push(place);
      await toDamaged(files, folder, place);
      return;
    }
    newest.offer(place, head);
    const { header, size, whole } = head;
    if (!whole) {
      cut.push({ id: header.id, counts: header.counts });
      await toDamaged(files, folder, place);
      return;
    }
    if (machine !== null && (header.machine ?? machine) !== machine) {
      foreign.push({ counts: header.counts });
      await toDead(files, folder, place, new Date(wallclock).toISOString());
      return;
    }
    const bornAt = monotonic - Math.max(0, wallclock - Date.parse(header.createdAt));
    intact.set(nameOf(place), entryOf(place, header, { size, bornAt }));
  };
  const waiting = places.filter(({ acked }) => !acked).sort(byPlace);
  await inParallel(
    waiting.filter(({ part }) => part === ''),
    look,
  );
  for (const half of waiting.filter(({ part }) => part !== '')) {
    // Halves are sent only when their whole is gone: beside it they are what an interrupted cut left.
    const unfinished = wholesOf(half).some((whole) => intact.has(nameOf(whole)));
    await (unfinished ? files.remove(join(folder, nameOf(half))) : look(half));
  }
  // One payload is in flight at a time, the oldest.
  const entries = [...intact.values()]
    .sort(byPlace)
    .map((entry, index) => (index === 0 ? { ...entry, attempted: true } : entry));
  const kept = await keptPlaces(files, folder, places);
  for (const { path, place, ours } of kept.sort((a, b) => byPlace(b.place, a.place))) {
    if (!newest.isBefore(place)) break;
    const head = await headAt(files, path);
    if (head !== null) newest.offer(place, head);
    else if (ours) broken.push(place);
  }
  const sound = kept.map(({ place }) => place).filter((place) => !broken.includes(place));
  const before = [...entries, ...sound]
    .filter((place) => !newest.isBefore(place) && !newest.isAt(place))
    .sort(byPlace)
    .at(-1);
  for (const { path, place, ours } of kept) {
    // Kept for their headers only, and there are newer ones.
    const isBefore = before !== undefined && byPlace(place, before) === 0;
    if (ours && !newest.isAt(place) && !isBefore) await files.remove(path);
  }
  // The run before may have ended between renaming a file and syncing its name: nothing is sent that can still be lost.
  await files.syncFolder(folder);
  const header = newest.found?.head.header;
  const [lost, copied] = [totalOf(cut), totalOf(foreign)];
  const metrics = totalOf(entries) + lost + copied;
  const ledger = resumed(header?.ledger ?? emptyLedger, metrics);
  return {
    entries,
    cut,
    unreadable: broken.length,
    marks: header?.marks ?? {},
    foreign,
    ledger: booked(booked(ledger, 'set_aside', copied), 'dropped', lost),
    kept: [newest.found?.place, before].filter((place) => place !== undefined),
    newestAt: header?.createdAt ?? null,
    fellBack: broken.some((place) => newest.isBefore(place)),
    sequence: [...places, ...kept.map(({ place }) => place)].reduce(
      (highest, { sequence }) => Math.max(highest, sequence),
      0,
    ),
    machine,
  };
}

const totalOf = (found: readonly { readonly counts: Counts }[]): number =>
  found.reduce((sum, { counts }) => sum + sumOf(counts), 0);

/** The names in the folder, without unfinished files: those are removed. */
async function tidyNames(files: Files, folder: string): Promise<string[]> {
  const names = await files.list(folder);
  const unfinished = names.filter((name) => name.endsWith('.tmp'));
  for (const name of unfinished) await files.remove(join(folder, name));
  return names.filter((name) => !unfinished.includes(name));
}

/** Null where the header is damaged, or its place on the disk. */
async function headAt(files: Files, path: string): Promise<ReadHead | null> {
  try {
    return await readHead(files, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EIO') return null;
    throw error;
  }
}

const toDamaged = (files: Files, folder: string, place: Place): Promise<void> =>
  files.rename(join(folder, nameOf(place)), join(shelfFolder(folder, 'damaged'), nameOf(place)));

async function toDead(files: Files, folder: string, place: Place, at: string): Promise<void> {
  const dead = shelfFolder(folder, 'dead');
  await files.rename(join(folder, nameOf(place)), join(dead, nameOf(place)));
  const reason = 'made on another machine, which has it too: this state directory is a copy';
  await writeNote(files, dead, place, { reason, at });
}
