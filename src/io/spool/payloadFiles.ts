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

/**
 * The payloads of a spool folder as files. The newest header is never removed: marks and ledger stand in it.
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
  #newest: Place | null;
  /** Whether the newest header may lie in a file that was acknowledged. */
  #isAcked = true;
  ledger: Ledger;

  constructor(files: Files, folder: string, { sequence, newest, ledger, machine }: Found) {
    this.#files = files;
    this.#folder = folder;
    this.#machine = machine;
    this.#sequence = sequence;
    this.#newest = newest;
    this.ledger = ledger;
  }

  /** The place behind all others. */
  nextPlace(): Place {
    return { sequence: this.#sequence + 1, part: '' };
  }

  /** Makes a payload durable, and removes the header that was the newest before; `fresh`: it was never durable yet. */
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
    await writePayload(this.#files, this.#folder, nameOf(place), [line, body]);
    this.#unsynced.delete(this.#folder);
    this.ledger = ledger;
    this.#sequence = Math.max(this.#sequence, place.sequence);
    const before = this.#newest;
    if (before === null || byPlace(place, before) > 0) {
      this.#newest = place;
      if (before && this.#isAcked) {
        await this.#removed(join(this.#folder, ackedNameOf(before))).catch(() => undefined);
      }
      this.#isAcked = false;
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
      if (this.#newest && byPlace(half, this.#newest) === 0) this.#newest = whole;
    }
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

  async #letGo(place: Place, path: string): Promise<void> {
    const isNewest = this.#newest !== null && byPlace(place, this.#newest) === 0;
    if (!isNewest) return this.#removed(path);
    await this.#moved(path, join(this.#folder, ackedNameOf(place)));
    this.#isAcked = true;
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
