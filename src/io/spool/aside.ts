import type { AsideName, SpoolNews } from '../../ports/spool.ts';
import { sumOf } from '../../schema/json.ts';
import type { Clock } from './clock.ts';
import type { Debts } from './debts.ts';
import type { DiskTrouble } from './diskTrouble.ts';
import { type Entry, entryOf } from './entry.ts';
import type { Shelf as ShelfName } from './folders.ts';
import { takenBack } from './ledger.ts';
import type { PayloadFiles } from './payloadFiles.ts';
import { nameOf } from './place.ts';
import type { Queue } from './queue.ts';
import { Shelf, type Shelved } from './shelf.ts';

export interface AsideOptions {
  readonly files: PayloadFiles;
  readonly queue: Queue;
  readonly debts: Debts;
  readonly trouble: DiskTrouble;
  readonly clock: Clock;
  readonly maxAgeMs: number;
  readonly onNews: (news: SpoolNews) => void;
  /** One work at a time touches the disk. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Most suspects that are tried again at a time. */
const MAX_RETRIED = 16;

/** What is set aside: how payloads come there, and how they come back. */
export class Aside {
  readonly #options: AsideOptions;
  readonly #shelves: Readonly<Record<ShelfName, Shelf>>;

  constructor(options: AsideOptions) {
    this.#options = options;
    const shelf = (name: ShelfName): Shelf => new Shelf(options.files, name);
    this.#shelves = { dead: shelf('dead'), suspect: shelf('suspect'), damaged: shelf('damaged') };
  }

  /** Puts a payload on a shelf, within a turn; it waits no longer, whatever the disk says. */
  async put(entry: Entry, shelf: ShelfName, reason: string): Promise<void> {
    const { queue, clock, debts, onNews } = this.#options;
    queue.replace(entry);
    const note = { reason, at: new Date(clock.now()).toISOString() };
    await debts.owe(async () => {
      const gone = await this.#shelves[shelf].add(entry, entry.size, note);
      if (gone === 0) return;
      const message = `spool/${shelf} is full: its ${gone === 1 ? 'oldest payload is' : `${gone} oldest payloads are`} removed`;
      onNews({ is: 'notice', message });
    });
  }

  /**
   * Lets suspects wait again, one attempt each. Not those that are older than the spool's age: the backend may have
   * stored them, and need not know their ids any longer.
   */
  retrySuspects(): Promise<void> {
    return this.#options.inTurn(() => this.#retrySuspects());
  }

  /** Lets payloads that somebody names wait again, as young ones; resolves with the names of those that do. */
  retry(names: readonly AsideName[]): Promise<readonly AsideName[]> {
    return this.#durably(() => this.#retry(names));
  }

  /** Removes payloads that somebody names; resolves with the names of those that are gone. */
  drop(names: readonly AsideName[]): Promise<readonly AsideName[]> {
    return this.#durably(() => this.#drop(names));
  }

  #durably<T>(work: () => Promise<T>): Promise<T> {
    const { inTurn, files, trouble } = this.#options;
    return inTurn(async () => {
      const done = await work();
      await files.sync().catch((error: unknown) => trouble.failed('written', error));
      return done;
    });
  }

  async #retrySuspects(): Promise<void> {
    const { clock, maxAgeMs } = this.#options;
    const oldest = clock.now() - maxAgeMs;
    const suspects = (await this.#shelves.suspect.all().catch(() => [])).filter(
      ({ createdAtMs }) => createdAtMs >= oldest,
    );
    const back: Entry[] = [];
    for (const one of suspects.slice(0, MAX_RETRIED)) {
      const bornAt = clock.monotonic() - Math.max(0, clock.now() - one.createdAtMs);
      const entry = await this.#takenBack(this.#shelves.suspect, one, bornAt, true);
      if (!entry) break;
      back.push(entry);
    }
    this.#waitAgain(back);
  }

  async #retry(names: readonly AsideName[]): Promise<readonly AsideName[]> {
    const done: AsideName[] = [];
    const back: Entry[] = [];
    for (const { name, shelf, one } of await this.#find(names, ['dead', 'suspect'])) {
      const bornAt = this.#options.clock.monotonic();
      const entry = await this.#takenBack(this.#shelves[shelf], one, bornAt, false);
      if (!entry) continue;
      back.push(entry);
      done.push(name);
    }
    this.#waitAgain(back);
    return done;
  }

  async #drop(names: readonly AsideName[]): Promise<readonly AsideName[]> {
    const done: AsideName[] = [];
    for (const { name, shelf, one } of await this.#find(names, ['dead', 'suspect', 'damaged'])) {
      try {
        await this.#shelves[shelf].discard(one);
        done.push(name);
      } catch (error) {
        this.#options.trouble.failed('written', error);
      }
    }
    return done;
  }

  async #find(names: readonly AsideName[], shelves: readonly ShelfName[]): Promise<Named[]> {
    const found: Named[] = [];
    for (const shelf of shelves) {
      for (const one of await this.#shelves[shelf].all().catch(() => [])) {
        const name = `${shelf}/${nameOf(one.place)}`;
        if (names.includes(name)) found.push({ name, shelf, one });
      }
    }
    return found;
  }

  /** Null where it cannot be: then it stays where it is. */
  async #takenBack(
    shelf: Shelf,
    one: Shelved,
    bornAt: number,
    suspect: boolean,
  ): Promise<Entry | null> {
    try {
      const found = await shelf.takeBack(one);
      if (!found) return null;
      const { header, size } = found;
      return entryOf(one.place, header, { size, bornAt }, { attempted: true, suspect });
    } catch (error) {
      this.#options.trouble.failed('written', error);
      return null;
    }
  }

  /** In front of all others, the oldest first. */
  #waitAgain(back: readonly Entry[]): void {
    const { files, queue, onNews } = this.#options;
    for (const entry of back.toReversed()) {
      queue.unshift(entry);
      files.ledger = takenBack(files.ledger, sumOf(entry.counts));
      onNews({ is: 'retried', counts: entry.counts });
    }
  }
}

interface Named {
  readonly name: AsideName;
  readonly shelf: ShelfName;
  readonly one: Shelved;
}
