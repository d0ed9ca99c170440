import { join } from 'node:path';
import { FileError } from '../../errors.ts';
import { sumOf } from '../../schema/json.ts';
import type { Header, Payload } from '../../schema/payload.ts';
import type { Files } from './files.ts';
import { type Shelf, shelfFolder } from './folders.ts';
import { payloadHeader, readHeaderLine, sha256, writeHeaderLine } from './headerLine.ts';
import { type Ledger, booked } from './ledger.ts';
import { type Place, ackedNameOf, byPlace, halfOf, nameOf, placeOf } from './place.ts';
import { readHead } from './readHead.ts';
import type { Found } from './recover.ts';
import { type ShelfNote, removeNote, writeNote } from './shelfNote.ts';
import { writePayload } from './writePayload.ts';

/** How many of the newest headers are kept, whatever becomes of their payloads. */
export const KEPT_HEADERS = 2;

/**
 * The payloads of a spool folder as files. The two newest headers are never removed: marks and ledger stand in the newest,
 * and should that be damaged, in the one before.
 *
 * Rejects with Node's own errors. Removing and moving is durable only after `sync`: what comes back after a loss of power
 * has its old id.
 */
export class PayloadFiles {
  readonly #files: Files;
  readonly #folder: string;
  readonly #machine: string | null;
  readonly #unsynced = new Set<string>();
  #sequence: number;
  /** Whose headers are kept, newest first. */
  #kept: readonly Place[];
  /** Those of them that may lie in files that were acknowledged, by name. */
  readonly #acked: Set<string>;
  ledger: Ledger;

  constructor(files: Files, folder: string, { sequence, kept, ledger, machine }: Found) {
    this.#files = files;
    this.#folder = folder;
    this.#machine = machine;
    this.#sequence = sequence;
    this.#kept = kept;
    this.#acked = new Set(kept.map(nameOf));
    this.ledger = ledger;
  }

  /** The place behind all others. */
  nextPlace(): Place {
    return { sequence: this.#sequence + 1, part: '' };
  }

  /** Makes a payload durable, and removes a header that is no longer among the newest; `fresh`: it was never durable yet. */
  async write(place: Place, { header, body }: Payload, fresh: boolean): Promise<number> {
    const ledger = fresh ? booked(this.ledger, 'spooled', sumOf(header.counts)) : this.ledger;
    const line = writeHeaderLine({
      format: 1,
      sequence: place.sequence,
      ...header,
      sha256: sha256(body),
      ledger,
      ...(this.#machine !== null && { machine: this.#machine }),
    });
    const name = nameOf(place);
    const written = (): Promise<void> =>
      writePayload(this.#files, this.#folder, name, [line, body]);
    await written().catch(async (error: unknown) => {
      if (!isFull(error) || !(await this.#dropSpare())) throw error;
      await written();
    });
    this.#unsynced.delete(this.#folder);
    this.ledger = ledger;
    this.#sequence = Math.max(this.#sequence, place.sequence);
    const newestFirst = [place, ...this.#kept].sort((a, b) => byPlace(b, a));
    this.#kept = newestFirst.slice(0, KEPT_HEADERS);
    for (const old of newestFirst.slice(KEPT_HEADERS)) {
      if (!this.#acked.delete(nameOf(old))) continue;
      await this.#removed(join(this.#folder, ackedNameOf(old))).catch(() => undefined);
    }
    return line.length + body.length;
  }

  /** Writes the halves of a payload, then removes it; that is durable after `sync`. Resolves with the halves' sizes. */
  async cut(whole: Place, halves: readonly Payload[]): Promise<number[]> {
    const sizes: number[] = [];
    for (const [index, half] of halves.entries()) {
      sizes.push(await this.write(halfOf(whole, index), half, false));
    }
    await this.release(whole);
    return sizes;
  }

  /** Removes the halves of a payload that stays whole. Rejects where it does not: then they are all that there is. */
  async withdrawHalves(whole: Place): Promise<void> {
    await this.header(whole);
    for (const index of [1, 0]) {
      const half = halfOf(whole, index);
      await this.#removed(join(this.#folder, nameOf(half)));
      this.#kept = this.#kept.filter((place) => byPlace(place, half) !== 0);
    }
    if (this.#kept.every((place) => byPlace(place, whole) < 0)) this.#kept = [whole, ...this.#kept];
    await this.#files.syncFolder(this.#folder);
  }

  /** Takes a payload out: nobody needs it any more. */
  release(place: Place): Promise<void> {
    return this.#letGo(place, join(this.#folder, nameOf(place)));
  }

  /** Removes a payload from a shelf. */
  async discard(place: Place, shelf: Shelf): Promise<void> {
    const folder = shelfFolder(this.#folder, shelf);
    await this.#letGo(place, join(folder, nameOf(place)));
    await removeNote(this.#files, folder, place);
  }

  /** Puts a payload on a shelf, with the reason beside it. */
  async setAside(place: Place, shelf: Shelf, note: ShelfNote): Promise<void> {
    const folder = shelfFolder(this.#folder, shelf);
    await this.#moved(join(this.#folder, nameOf(place)), join(folder, nameOf(place)));
    await writeNote(this.#files, folder, place, note);
  }

  /** Takes a payload from a shelf back to those that wait. */
  async takeBack(place: Place, shelf: Shelf): Promise<void> {
    const folder = shelfFolder(this.#folder, shelf);
    await this.#moved(join(folder, nameOf(place)), join(this.#folder, nameOf(place)));
    await removeNote(this.#files, folder, place);
  }

  /** Oldest first. */
  async shelved(shelf: Shelf): Promise<Place[]> {
    const names = await this.#files.list(shelfFolder(this.#folder, shelf));
    return names
      .map(placeOf)
      .filter((place) => place !== null)
      .sort(byPlace);
  }

  /** Null where the header is damaged. */
  async header(place: Place, shelf?: Shelf): Promise<{ header: Header; size: number } | null> {
    const folder = shelf === undefined ? this.#folder : shelfFolder(this.#folder, shelf);
    const head = await readHead(this.#files, join(folder, nameOf(place)));
    return head && { header: payloadHeader(head.header), size: head.size };
  }

  /** Rejects with `FileError` where header or body are damaged. */
  async payload(place: Place): Promise<Payload> {
    const path = join(this.#folder, nameOf(place));
    const bytes = await this.#files.read(path);
    const found = readHeaderLine(bytes);
    if (typeof found === 'string') throw new FileError(`${path}: the header is damaged`);
    const body = bytes.subarray(found.bodyAt);
    if (sha256(body) !== found.header.sha256) throw new FileError(`${path}: the body is damaged`);
    return { header: payloadHeader(found.header), body };
  }

  /** Makes what was removed and moved durable. */
  async sync(): Promise<void> {
    for (const folder of [...this.#unsynced]) {
      await this.#files.syncFolder(folder);
      this.#unsynced.delete(folder);
    }
  }

  /** Gives up the second newest header for what is to be written; whether there was one that was acknowledged. */
  async #dropSpare(): Promise<boolean> {
    const [newest, spare] = this.#kept;
    if (!newest || !spare || !this.#acked.has(nameOf(spare))) return false;
    await this.#removed(join(this.#folder, ackedNameOf(spare))).catch(() => undefined);
    this.#acked.delete(nameOf(spare));
    this.#kept = [newest];
    return true;
  }

  async #letGo(place: Place, path: string): Promise<void> {
    if (this.#kept.every((kept) => byPlace(kept, place) !== 0)) return this.#removed(path);
    await this.#moved(path, join(this.#folder, ackedNameOf(place)));
    this.#acked.add(nameOf(place));
  }

  async #removed(path: string): Promise<void> {
    await this.#files.remove(path);
    this.#unsynced.add(this.#folder);
  }

  async #moved(from: string, to: string): Promise<void> {
    await this.#files.rename(from, to);
    this.#unsynced.add(join(to, '..')).add(join(from, '..'));
  }
}

const isFull = (error: unknown): boolean =>
  /^(ENOSPC|EDQUOT)$/.test((error as NodeJS.ErrnoException).code ?? '');
