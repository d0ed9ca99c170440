import type { Shelf as ShelfName } from './folders.ts';
import type { PayloadFiles } from './payloadFiles.ts';
import type { Place } from './place.ts';
import type { ShelfNote } from './shelfNote.ts';

/** Most of what one shelf holds; beyond it the oldest goes. */
const MAX_FILES = 1_000;
const MAX_BYTES = 67_108_864;

interface Shelved {
  readonly place: Place;
  readonly size: number;
}

/** Payloads that are kept apart, bounded. */
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
    shelved.push({ place, size });
    let bytes = shelved.reduce((sum, each) => sum + each.size, 0);
    let gone = 0;
    while (shelved.length > 1 && (shelved.length > MAX_FILES || bytes > MAX_BYTES)) {
      const [oldest] = shelved.splice(0, 1);
      if (oldest === undefined) break;
      await this.#files.discard(oldest.place, this.#name);
      bytes -= oldest.size;
      gone++;
    }
    return gone;
  }

  /** Takes the oldest payload back to those that wait; null where there is none. */
  async takeBack(): Promise<Place | null> {
    const shelved = await this.#known();
    const [oldest] = shelved;
    if (oldest === undefined) return null;
    await this.#files.takeBack(oldest.place, this.#name);
    shelved.shift();
    return oldest.place;
  }

  async count(): Promise<number> {
    return (await this.#known()).length;
  }

  async #known(): Promise<Shelved[]> {
    if (this.#shelved) return this.#shelved;
    const shelved: Shelved[] = [];
    for (const place of await this.#files.shelved(this.#name)) {
      const size = (await this.#files.header(place, this.#name).catch(() => null))?.size ?? 0;
      shelved.push({ place, size });
    }
    return (this.#shelved = shelved);
  }
}
