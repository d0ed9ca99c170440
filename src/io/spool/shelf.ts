import type { Header } from '../../schema/payload.ts';
import type { Shelf as ShelfName } from './folders.ts';
import type { PayloadFiles } from './payloadFiles.ts';
import { type Place, byPlace } from './place.ts';
import type { ShelfNote } from './shelfNote.ts';

/** Most of what one shelf holds; beyond it the oldest goes. */
const MAX_FILES = 1_000;
const MAX_BYTES = 67_108_864;

/** A payload on a shelf. */
export interface Shelved {
  readonly place: Place;
  readonly size: number;
  /** Its window closed then, ms since 1970; NaN where its header cannot be read. */
  readonly createdAtMs: number;
}

/** Payloads that are kept apart, oldest first, bounded. */
export class Shelf {
  readonly #files: PayloadFiles;
  readonly #name: ShelfName;
  #shelved: Shelved[] | null = null;

  constructor(files: PayloadFiles, name: ShelfName) {
    this.#files = files;
    this.#name = name;
  }

  /** Puts a payload here; resolves with how many had to go for it. */
  async add(place: Place, size: number, note: ShelfNote): Promise<number> {
    const shelved = await this.#known();
    await this.#files.setAside(place, this.#name, note);
    shelved.push(await this.#look(place, size));
    shelved.sort((a, b) => byPlace(a.place, b.place));
    let bytes = shelved.reduce((sum, each) => sum + each.size, 0);
    let gone = 0;
    while (shelved.length > 1 && (shelved.length > MAX_FILES || bytes > MAX_BYTES)) {
      const [oldest] = shelved;
      if (oldest === undefined) break;
      await this.discard(oldest);
      bytes -= oldest.size;
      gone++;
    }
    return gone;
  }

  /** All that is here. */
  async all(): Promise<readonly Shelved[]> {
    return [...(await this.#known())];
  }

  /** Puts a payload back to those that wait; null where its header cannot be read: then it stays. */
  async takeBack(one: Shelved): Promise<{ readonly header: Header; readonly size: number } | null> {
    const found = await this.#files.header(one.place, this.#name);
    if (!found) return null;
    await this.#files.takeBack(one.place, this.#name);
    this.#forget(one);
    return found;
  }

  /** Removes a payload for good. */
  async discard(one: Shelved): Promise<void> {
    await this.#files.discard(one.place, this.#name);
    this.#forget(one);
  }

  #forget(one: Shelved): void {
    this.#shelved = this.#shelved?.filter((each) => each !== one) ?? null;
  }

  async #known(): Promise<Shelved[]> {
    if (this.#shelved) return this.#shelved;
    const shelved: Shelved[] = [];
    for (const place of await this.#files.shelved(this.#name)) {
      shelved.push(await this.#look(place, 0));
    }
    return (this.#shelved = shelved);
  }

  async #look(place: Place, size: number): Promise<Shelved> {
    const found = await this.#files.header(place, this.#name).catch(() => null);
    const createdAtMs = found ? Date.parse(found.header.createdAt) : Number.NaN;
    return { place, size: found?.size ?? size, createdAtMs };
  }
}
