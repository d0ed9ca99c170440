import { FileError, messageOf } from '../../errors.ts';
import type { Fate, Gone, SpoolNews } from '../../ports.ts';
import { type Counts, sumOf } from '../../schema/json.ts';
import type { Header, Payload } from '../../schema/payload.ts';
import { type Bounds, allowedBytes, underPressure } from './bounds.ts';
import type { Clock } from './clock.ts';
import type { Entry } from './entry.ts';
import type { Files } from './files.ts';
import type { Shelf as ShelfName } from './folders.ts';
import { booked } from './ledger.ts';
import { PayloadFiles } from './payloadFiles.ts';
import type { Place } from './place.ts';
import { Queue } from './queue.ts';
import type { Found } from './recover.ts';
import { serial } from './serial.ts';
import { Shelf } from './shelf.ts';

export interface PayloadStoreOptions {
  readonly folder: string;
  readonly bounds: Bounds;
  readonly files: Files;
  readonly clock: Clock;
}

/** Who is told what happens in the store. */
export interface StoreWatcher {
  readonly onGone: (gone: Gone) => void;
  readonly onNews: (news: SpoolNews) => void;
}

/** How long a write that failed waits before it is tried anew, in ms; doubled up to the second. */
const RETRY_MS = { first: 100, most: 5_000 };

/** Most suspects that are tried again at a time. */
const MAX_RETRIED = 16;

/**
 * What the spool does with its files, as promises that never reject: what the disk refuses is tried again or made up for,
 * and said. One work at a time touches the disk.
 */
export class PayloadStore {
  readonly #options: PayloadStoreOptions;
  readonly #watcher: StoreWatcher;
  readonly #files: PayloadFiles;
  readonly #queue: Queue;
  readonly #shelves: Readonly<Record<ShelfName, Shelf>>;
  readonly #inTurn = serial();
  /** Removals that failed. */
  #owed: (() => Promise<unknown>)[] = [];
  #allowedBytes: number;
  /** What was appended last: mostly it is what is sent next. */
  #hot: Payload | null = null;
  #failing = false;
  #ended = false;
  /** The one that is being sent. */
  inFlight: Entry | null = null;

  constructor(options: PayloadStoreOptions, found: Found, watcher: StoreWatcher) {
    this.#options = options;
    this.#watcher = watcher;
    this.#files = new PayloadFiles(options.files, options.folder, found);
    this.#files.dropped(totalOf(found.cut));
    this.#queue = new Queue(found.entries);
    this.#allowedBytes = options.bounds.maxBytes;
    const shelf = (name: ShelfName): Shelf => new Shelf(this.#files, name);
    this.#shelves = { dead: shelf('dead'), suspect: shelf('suspect'), damaged: shelf('damaged') };
  }

  get waiting(): number {
    return this.#queue.length;
  }

  get first(): Entry | undefined {
    return this.#queue.first;
  }

  /** Whether followers should pause, given whether they do. */
  pressure(paused: boolean): boolean {
    const share = Math.max(
      this.#queue.bytes / this.#allowedBytes,
      this.#queue.length / this.#options.bounds.maxFiles,
    );
    return underPressure(paused, share);
  }

  /** No more tries. */
  end(): void {
    this.#ended = true;
  }

  /** Resolves with the entry when it is durable, null where `givenUp` or the store ended before. It waits after `take`. */
  async append(payload: Payload, givenUp: () => boolean): Promise<Entry | null> {
    for (let waitMs = RETRY_MS.first; ; waitMs = Math.min(waitMs * 2, RETRY_MS.most)) {
      if (givenUp() || this.#ended) return null;
      const entry = await this.#attempt('written', async () => {
        await this.#makeRoom(sizeOf(payload));
        return this.#write(this.#files.nextPlace(), payload, true);
      });
      if (entry) {
        this.#hot = payload;
        return entry;
      }
      await this.#options.clock.sleep(waitMs);
    }
  }

  /** What is durable waits from now on. */
  take(entry: Entry): void {
    this.#queue.push(entry);
  }

  /** The header of what waits; null where it is damaged or gone, and then it waits no longer. */
  async header(entry: Entry): Promise<Header | null> {
    if (this.#hot?.header.id === entry.id) return this.#hot.header;
    try {
      const found = await this.#files.header(entry);
      if (found) return flagged(found.header, entry);
    } catch (error) {
      this.#trouble('read', error);
    }
    await this.#inTurn(() => this.#putAside(entry, 'damaged', 'the header is damaged'));
    this.#gone(entry, 'damaged');
    return null;
  }

  /** Null where it was evicted meanwhile. Rejects with `FileError` where it is damaged. */
  async payload({ id }: Header): Promise<Payload | null> {
    if (this.#hot?.header.id === id) return this.#hot;
    const entry = this.#entry(id);
    if (!entry) return null;
    try {
      const payload = await this.#files.payload(entry);
      return { ...payload, header: flagged(payload.header, entry) };
    } catch (error) {
      throw error instanceof FileError ? error : new FileError(messageOf(error));
    }
  }

  /** Takes a payload out, as its fate says; it waits no longer, whatever the disk says. */
  async settle({ id }: Header, fate: Fate): Promise<void> {
    const entry = this.#entry(id);
    if (entry) {
      if (fate.is === 'split') await this.#split(entry, fate.halves);
      else await this.#inTurn(() => this.#leave(entry, fate));
    }
    if (this.inFlight?.id === id) this.inFlight = null;
    if (this.#hot?.header.id === id) this.#hot = null;
  }

  /** Looks at ages and at the disk, and makes up for what failed. */
  look(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#payOwed();
      await this.#makeRoom(0);
      await this.#sync();
    });
  }

  /** Lets suspects wait again, one attempt each. */
  retrySuspects(): Promise<void> {
    return this.#inTurn(async () => {
      const shelf = this.#shelves.suspect;
      const most = Math.min(MAX_RETRIED, await shelf.count().catch(() => 0));
      const back: Entry[] = [];
      for (let i = 0; i < most; i++) {
        const entry = await this.#attemptNow('taken back', () => this.#takenBack(shelf));
        if (!entry) break;
        back.push(entry);
      }
      for (const entry of back.reverse()) {
        this.#queue.unshift(entry);
        this.#files.ledger = booked(this.#files.ledger, 'set_aside', -sumOf(entry.counts));
        this.#watcher.onNews({ is: 'retried', counts: entry.counts });
      }
    });
  }

  /** Makes all durable that is not; for a clean end. */
  close(): Promise<void> {
    this.#ended = true;
    return this.#inTurn(async () => {
      await this.#payOwed();
      await this.#sync();
    });
  }

  #entry(id: string): Entry | undefined {
    return this.inFlight?.id === id ? this.inFlight : this.#queue.find(id);
  }

  async #write(place: Place, payload: Payload, fresh: boolean): Promise<Entry> {
    const size = await this.#files.write(place, payload, fresh);
    const { id, counts, marked = 0 } = payload.header;
    const bornAt = this.#options.clock.monotonic();
    return {
      ...place,
      id,
      counts,
      size,
      marked: marked > 0,
      attempted: false,
      suspect: false,
      bornAt,
    };
  }

  async #takenBack(shelf: Shelf): Promise<Entry | null> {
    const place = await shelf.takeBack();
    const found = place && (await this.#files.header(place));
    if (!found) return null;
    const { id, counts, marked = 0 } = found.header;
    const bornAt = this.#options.clock.monotonic();
    return {
      ...place,
      id,
      counts,
      size: found.size,
      marked: marked > 0,
      attempted: true,
      suspect: true,
      bornAt,
    };
  }

  /** Writes the halves, then removes the whole; where that cannot be, the whole goes behind all others. */
  async #split(entry: Entry, halves: readonly [Payload, Payload]): Promise<void> {
    const entries = await this.#attempt('split', async () => {
      const made: Entry[] = [];
      for (const [index, half] of halves.entries()) {
        const place = { sequence: entry.sequence, part: `${entry.part}${index}` };
        made.push({ ...(await this.#write(place, half, false)), bornAt: entry.bornAt });
      }
      await this.#files.release(entry);
      await this.#files.sync();
      return made;
    });
    if (entries) {
      this.#queue.replace(entry, entries);
      return;
    }
    // What is left of a cut that failed must be gone before the whole can be: else it would be sent as well.
    await this.#inTurn(() => this.#owe(() => this.#files.withdrawHalves(entry)));
    this.#queue.toEnd(entry);
    await this.#options.clock.sleep(RETRY_MS.most);
  }

  async #leave(entry: Entry, fate: Exclude<Fate, { is: 'split' }>): Promise<void> {
    if (fate.is === 'delivered') {
      this.#queue.replace(entry);
      this.#book('delivered', entry);
      await this.#owe(() => this.#files.release(entry));
      return;
    }
    // Its eviction was booked already.
    if (fate.reason === 'evicted') return;
    this.#book('set_aside', entry);
    const shelves = { suspect: 'suspect', unreadable: 'damaged' } as const;
    const shelf = Object.hasOwn(shelves, fate.reason)
      ? shelves[fate.reason as keyof typeof shelves]
      : 'dead';
    await this.#putAside(entry, shelf, fate.reason);
  }

  async #putAside(entry: Entry, shelf: ShelfName, reason: string): Promise<void> {
    this.#queue.replace(entry);
    const note = { reason, at: new Date(this.#options.clock.now()).toISOString() };
    await this.#owe(async () => {
      const gone = await this.#shelves[shelf].add(entry, entry.size, note);
      if (gone === 0) return;
      const message = `spool/${shelf} is full: its ${gone === 1 ? 'oldest payload is' : `${gone} oldest payloads are`} removed`;
      this.#watcher.onNews({ is: 'notice', message });
    });
  }

  /** Evicts what is too old, and the oldest while there is no room for so many bytes. */
  async #makeRoom(incoming: number): Promise<void> {
    const { bounds, clock, files, folder } = this.#options;
    for (const entry of this.#queue.olderThan(clock.monotonic() - bounds.maxAgeMs)) {
      if (entry !== this.inFlight) await this.#evict(entry, 'expired');
    }
    const space = await files.space(folder).catch(() => null);
    const { bytes, reason } = allowedBytes(bounds, this.#queue.bytes, space);
    this.#allowedBytes = bytes;
    const room = incoming > 0 ? 1 : 0;
    while (this.#queue.bytes + incoming > bytes || this.#queue.length + room > bounds.maxFiles) {
      const victim = this.#queue.victim(this.inFlight);
      if (!victim) return;
      await this.#evict(victim, reason);
    }
  }

  async #evict(entry: Entry, reason: string): Promise<void> {
    this.#queue.replace(entry);
    this.#book('dropped', entry);
    this.#gone(entry, reason);
    await this.#owe(() => this.#files.release(entry));
  }

  #book(account: 'delivered' | 'set_aside' | 'dropped', { counts }: Entry): void {
    this.#files.ledger = booked(this.#files.ledger, account, sumOf(counts));
  }

  #gone({ id, counts }: Entry, reason: string): void {
    this.#watcher.onGone({ header: { id, counts }, reason });
  }

  /** Does it now, or with the next removal. */
  async #owe(work: () => Promise<unknown>): Promise<void> {
    this.#owed.push(work);
    await this.#payOwed();
  }

  async #payOwed(): Promise<void> {
    for (let work = this.#owed[0]; work; work = this.#owed[0]) {
      try {
        await work();
        this.#owed.shift();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') this.#owed.shift();
        else {
          this.#trouble('changed', error);
          return;
        }
      }
    }
  }

  async #sync(): Promise<void> {
    await this.#files.sync().catch((error: unknown) => this.#trouble('synced', error));
  }

  #attempt<T>(what: string, work: () => Promise<T>): Promise<T | null> {
    return this.#inTurn(() => this.#attemptNow(what, work));
  }

  async #attemptNow<T>(what: string, work: () => Promise<T>): Promise<T | null> {
    try {
      const done = await work();
      if (this.#failing) this.#watcher.onNews({ is: 'settled' });
      this.#failing = false;
      return done;
    } catch (error) {
      this.#trouble(what, error);
      return null;
    }
  }

  #trouble(what: string, error: unknown): void {
    this.#failing = true;
    const message = `the spool ${this.#options.folder} cannot be ${what}: ${messageOf(error)}`;
    this.#watcher.onNews({ is: 'trouble', code: 'ERR_SPOOL', message });
  }
}

/** The header with what only this process knows. */
const flagged = (header: Header, { attempted, suspect }: Entry): Header => ({
  ...header,
  ...(attempted && { attempted }),
  ...(suspect && { suspect }),
});

/** Of its file, nearly: the header line has some fields more. */
const sizeOf = ({ header, body }: Payload): number =>
  JSON.stringify(header).length + 300 + body.length;

const totalOf = (found: readonly { readonly counts: Counts }[]): number =>
  found.reduce((sum, { counts }) => sum + sumOf(counts), 0);
