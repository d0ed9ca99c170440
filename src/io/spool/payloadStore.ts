import type { Fate, Gone, SpoolNews } from '../../ports/spool.ts';
import { sumOf } from '../../schema/json.ts';
import type { Header, Payload } from '../../schema/payload.ts';
import { Aside } from './aside.ts';
import type { Bounds } from './bounds.ts';
import type { Clock } from './clock.ts';
import { Debts } from './debts.ts';
import { DiskTrouble } from './diskTrouble.ts';
import { type Entry, entryOf } from './entry.ts';
import type { Files } from './files.ts';
import { booked } from './ledger.ts';
import { PayloadFiles } from './payloadFiles.ts';
import { halfOf } from './place.ts';
import { Queue } from './queue.ts';
import { Reading } from './reading.ts';
import type { Found } from './recover.ts';
import { Room } from './room.ts';
import { serial } from './serial.ts';

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

/**
 * What the spool does with its files, as promises that never reject: what the disk refuses is tried again or made up for,
 * and said. One work at a time touches the disk.
 */
export class PayloadStore {
  readonly #options: PayloadStoreOptions;
  readonly #watcher: StoreWatcher;
  readonly #files: PayloadFiles;
  readonly #queue: Queue;
  readonly #room: Room;
  readonly #trouble: DiskTrouble;
  readonly #debts: Debts;
  readonly #reading: Reading;
  readonly #inTurn = serial();
  readonly aside: Aside;
  #ended = false;
  /** The one that is being sent. */
  inFlight: Entry | null = null;

  constructor(options: PayloadStoreOptions, found: Found, watcher: StoreWatcher) {
    const { folder, files, clock, bounds } = options;
    const { onNews } = watcher;
    this.#options = options;
    this.#watcher = watcher;
    this.#files = new PayloadFiles(files, folder, found);
    this.#queue = new Queue(found.entries);
    this.#trouble = new DiskTrouble(folder, onNews);
    this.#debts = new Debts(this.#trouble);
    const evict = (entry: Entry, reason: string): Promise<void> => this.#evict(entry, reason);
    this.#room = new Room({ ...options, queue: this.#queue, evict });
    this.aside = new Aside({
      files: this.#files,
      queue: this.#queue,
      debts: this.#debts,
      trouble: this.#trouble,
      clock,
      maxAgeMs: bounds.maxAgeMs,
      onNews,
      inTurn: this.#inTurn,
    });
    const ended = (): boolean => this.#ended;
    this.#reading = new Reading({ files: this.#files, trouble: this.#trouble, clock, ended });
  }

  get waiting(): number {
    return this.#queue.length;
  }

  get first(): Entry | undefined {
    return this.#queue.first;
  }

  /** Whether followers should pause, given whether they do. */
  pressure(paused: boolean): boolean {
    return this.#room.pressure(paused);
  }

  /** No more tries. */
  end(): void {
    this.#ended = true;
  }

  /** Resolves with the entry when it is durable, null where `givenUp` or the store ended before. It waits after `take`. */
  async append(payload: Payload, givenUp: () => boolean): Promise<Entry | null> {
    for (let waitMs = RETRY_MS.first; ; waitMs = Math.min(waitMs * 2, RETRY_MS.most)) {
      if (givenUp() || this.#ended) return null;
      const entry = await this.#attempt(async () => {
        await this.#room.make(sizeOf(payload), this.inFlight);
        const place = this.#files.nextPlace();
        const size = await this.#files.write(place, payload, true);
        return entryOf(place, payload.header, { size, bornAt: this.#options.clock.monotonic() });
      });
      if (entry) {
        this.#reading.hot = payload;
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
    const header = await this.#reading.header(entry);
    if (header || this.#ended) return header;
    await this.#inTurn(async () => {
      this.#book('dropped', entry);
      await this.aside.put(entry, 'damaged', 'the header is damaged');
    });
    this.#gone(entry, 'damaged');
    return null;
  }

  /** Null where it was evicted meanwhile. Rejects with `FileError` where it is damaged. */
  async payload({ id }: Header): Promise<Payload | null> {
    const entry = this.#entry(id);
    return entry ? this.#reading.payload(entry) : null;
  }

  /** Takes a payload out, as its fate says; it waits no longer, whatever the disk says. */
  async settle({ id }: Header, fate: Fate): Promise<void> {
    const entry = this.#entry(id);
    if (entry) {
      if (fate.is === 'split') await this.#split(entry, fate.halves);
      else await this.#inTurn(() => this.#leave(entry, fate));
    }
    if (this.inFlight?.id === id) this.inFlight = null;
    if (this.#reading.hot?.header.id === id) this.#reading.hot = null;
  }

  /** Looks at ages and at the disk, and makes up for what failed. */
  look(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#debts.pay();
      await this.#room.make(0, this.inFlight);
      await this.#sync();
    });
  }

  /** Makes all durable that is not; for a clean end. */
  close(): Promise<void> {
    this.#ended = true;
    return this.#inTurn(async () => {
      await this.#debts.pay();
      await this.#sync();
    });
  }

  #entry(id: string): Entry | undefined {
    return this.inFlight?.id === id ? this.inFlight : this.#queue.find(id);
  }

  /** Writes the halves, then removes the whole; where that cannot be, the whole goes behind all others. */
  async #split(entry: Entry, halves: readonly [Payload, Payload]): Promise<void> {
    const sizes = await this.#attempt(() => this.#files.cut(entry, halves));
    if (sizes) {
      const { bornAt } = entry;
      const made = halves.map(({ header }, index) =>
        entryOf(halfOf(entry, index), header, { size: sizes[index] ?? 0, bornAt }),
      );
      // The whole must be gone for good before a half is sent: else both would be, after a loss of power.
      const synced = (): Promise<true> => this.#files.sync().then(() => true);
      while (!(await this.#attempt(synced))) {
        if (this.#ended) return;
        await this.#options.clock.sleep(RETRY_MS.most);
      }
      this.#queue.replace(entry, made);
      return;
    }
    // What is left of a cut that failed must be gone before the whole can be: else it would be sent as well.
    await this.#inTurn(() => this.#debts.owe(() => this.#files.withdrawHalves(entry)));
    this.#queue.toEnd(entry);
    await this.#options.clock.sleep(RETRY_MS.most);
  }

  async #leave(entry: Entry, fate: Exclude<Fate, { is: 'split' }>): Promise<void> {
    if (fate.is === 'delivered') {
      this.#queue.replace(entry);
      this.#book('delivered', entry);
      await this.#debts.owe(() => this.#files.release(entry));
      return;
    }
    // Its eviction was booked already.
    if (fate.reason === 'evicted') return;
    this.#book('set_aside', entry);
    const shelves = { suspect: 'suspect', unreadable: 'damaged' } as const;
    const shelf = Object.hasOwn(shelves, fate.reason)
      ? shelves[fate.reason as keyof typeof shelves]
      : 'dead';
    await this.aside.put(entry, shelf, fate.reason);
  }

  async #evict(entry: Entry, reason: string): Promise<void> {
    this.#queue.replace(entry);
    this.#book('dropped', entry);
    this.#gone(entry, reason);
    await this.#debts.owe(() => this.#files.release(entry));
  }

  #book(account: 'delivered' | 'set_aside' | 'dropped', { counts }: Entry): void {
    this.#files.ledger = booked(this.#files.ledger, account, sumOf(counts));
  }

  #gone({ id, counts }: Entry, reason: string): void {
    this.#watcher.onGone({ header: { id, counts }, reason });
  }

  async #sync(): Promise<void> {
    await this.#files.sync().catch((error: unknown) => this.#trouble.failed('written', error));
  }

  #attempt<T>(work: () => Promise<T>): Promise<T | null> {
    return this.#inTurn(async () => {
      try {
        const done = await work();
        // What is still owed fails on: that it works again is said when all of it does.
        if (this.#debts.paid) this.#trouble.works();
        return done;
      } catch (error) {
        this.#trouble.failed('written', error);
        return null;
      }
    });
  }
}

/** Of its file, nearly: the header line has some fields more. */
const sizeOf = ({ header, body }: Payload): number =>
  JSON.stringify(header).length + 300 + body.length;
