import {
  BehaviorSubject,
  Observable,
  Subject,
  concat,
  defer,
  distinctUntilChanged,
  from,
} from 'rxjs';
import { FileError, messageOf } from '../../errors.ts';
import type { Aside, Fate, Gone, Spool, SpoolNews } from '../../ports/spool.ts';
import type { Counts, Json } from '../../schema/json.ts';
import type { Header, Payload } from '../../schema/payload.ts';
import type { Bounds } from './bounds.ts';
import { machineId } from '../machineId.ts';
import { type Clock, realClock } from './clock.ts';
import { diskFiles } from './diskFiles.ts';
import type { Files } from './files.ts';
import { PayloadStore, type PayloadStoreOptions } from './payloadStore.ts';
import { type Found, recover } from './recover.ts';
import { welcome } from './welcome.ts';

export interface DurableSpoolOptions {
  /** `<state_dir>/spool` */
  readonly folder: string;
  readonly bounds: Bounds;
  /** Default: the real file system. */
  readonly files?: Files;
  /** Default: the process' own. */
  readonly clock?: Clock;
  /** Which machine this is, null where that is not known. Default: as the system says. */
  readonly machine?: () => Promise<string | null>;
}

/** How often suspects are tried again. */
const SUSPECTS_EVERY_MS = 3_600_000;
/** How often ages and free space are looked at. */
const LOOK_EVERY_MS = 10_000;

/**
 * A spool that outlives the process: one file per payload, durable before it is sent.
 *
 *     append     p1----------------p2--------------
 *     disk         write,sync,rename,sync
 *     result       -------------h1|  ------------h2|
 *     entries$   ----------------h1---------------h2    h2 when h1 is settled
 *
 * Opens on subscription and emits once; errors with `FileError` where the folder cannot be used. An error of the disk
 * afterwards ends nothing: writing is tried anew until it succeeds, removing is made up for later, and both are said in
 * `news$`. Two processes must never use one folder: see the lock.
 */
export function durableSpool(options: DurableSpoolOptions): Observable<Spool> {
  const { folder, files = diskFiles, clock = realClock, machine = machineId } = options;
  return new Observable((subscriber) => {
    let spool: DurableSpool | undefined;
    const recovered = machine().then((id) => recover(files, folder, clock, id));
    recovered.then(
      (found) => {
        if (subscriber.closed) return;
        spool = new DurableSpool({ ...options, files, clock }, found);
        subscriber.next(spool);
      },
      (error: unknown) => {
        subscriber.error(new FileError(`the spool ${folder} cannot be used: ${messageOf(error)}`));
      },
    );
    return () => spool?.end();
  });
}

class DurableSpool implements Spool {
  readonly marks: Readonly<Record<string, Json>>;
  readonly recovered: Counts;
  readonly newestAt?: string;
  readonly aside = {
    retry: (names) => this.#once(() => this.#store.aside.retry(names)),
    drop: (names) => this.#once(() => this.#store.aside.drop(names)),
  } satisfies Aside;
  readonly #store: PayloadStore;
  readonly #found: Found;
  readonly #changes = new Subject<void>();
  readonly #evictions = new Subject<Gone>();
  readonly #news = new Subject<SpoolNews>();
  readonly #waiting: BehaviorSubject<number>;
  readonly #pressure: BehaviorSubject<boolean>;
  readonly #endings: (() => void)[];

  constructor(options: PayloadStoreOptions, found: Found) {
    this.#found = found;
    this.#store = new PayloadStore(options, found, {
      onGone: (gone) => this.#evictions.next(gone),
      onNews: (news) => this.#news.next(news),
    });
    this.marks = found.marks;
    this.recovered = totals([...found.entries, ...found.cut]);
    if (found.newestAt !== null) this.newestAt = found.newestAt;
    this.#waiting = new BehaviorSubject(this.#store.waiting);
    this.#pressure = new BehaviorSubject(this.#store.pressure(false));
    const every = (ms: number, work: () => Promise<void>): (() => void) =>
      options.clock.every(ms, () => void work().then(() => this.#changed()));
    this.#endings = [
      every(LOOK_EVERY_MS, () => this.#store.look()),
      every(SUSPECTS_EVERY_MS, () => this.#store.aside.retrySuspects()),
    ];
  }

  get waiting$(): Observable<number> {
    return this.#waiting.pipe(distinctUntilChanged());
  }

  get pressure$(): Observable<boolean> {
    return this.#pressure.pipe(distinctUntilChanged());
  }

  get evicted$(): Observable<Gone> {
    const damaged = this.#found.cut.map((header) => ({ header, reason: 'damaged' }));
    return concat(from(damaged), this.#evictions);
  }

  get news$(): Observable<SpoolNews> {
    return defer(() => concat(from(welcome(this.#found)), this.#news));
  }

  get entries$(): Observable<Header> {
    return new Observable((subscriber) => {
      const offer = async (): Promise<void> => {
        const { first } = this.#store;
        if (first === undefined || this.#store.inFlight !== null) return;
        this.#store.inFlight = first;
        const header = await this.#store.header(first);
        if (subscriber.closed) return;
        if (header) {
          subscriber.next(header);
          return;
        }
        this.#store.inFlight = null;
        this.#changed();
      };
      subscriber.add(
        this.#changes.subscribe({
          next: () => void offer(),
          error: (error: unknown) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      );
      // Who leaves gives the payload in flight back: the next subscriber begins with it.
      subscriber.add(() => {
        this.#store.inFlight = null;
      });
      void offer();
    });
  }

  append(payload: Payload): Observable<Header> {
    return new Observable((subscriber) => {
      void this.#store
        .append(payload, () => subscriber.closed)
        .then((entry) => {
          if (entry === null) return;
          // The header first: whoever keeps books must know of a payload before it is evicted or sent.
          subscriber.next(payload.header);
          this.#store.take(entry);
          // Before the end: whoever waits for an empty spool after the last append must see that it is not.
          this.#changed();
          subscriber.complete();
        });
    });
  }

  read(entry: Header): Observable<Payload> {
    return new Observable((subscriber) => {
      this.#store.payload(entry).then(
        (payload) => {
          if (payload) subscriber.next(payload);
          subscriber.complete();
        },
        (error: unknown) => subscriber.error(error),
      );
    });
  }

  settle(entry: Header, fate: Fate): Observable<void> {
    return this.#once(() => this.#store.settle(entry, fate));
  }

  /** What is left waits for the next run. */
  close(): Observable<never> {
    return new Observable((subscriber) => {
      void this.#store.close().then(() => subscriber.complete());
    });
  }

  end(): void {
    this.#store.end();
    for (const end of this.#endings) end();
    this.#changes.complete();
    this.#evictions.complete();
    this.#news.complete();
    this.#waiting.complete();
    this.#pressure.complete();
  }

  /** A work that never fails, and what it changed. */
  #once<T>(work: () => Promise<T>): Observable<T> {
    return new Observable((subscriber) => {
      void work().then((done) => {
        subscriber.next(done);
        subscriber.complete();
        this.#changed();
      });
    });
  }

  #changed(): void {
    this.#waiting.next(this.#store.waiting);
    this.#pressure.next(this.#store.pressure(this.#pressure.value));
    this.#changes.next();
  }
}

function totals(found: readonly { readonly counts: Counts }[]): Counts {
  const sum: Record<string, number> = {};
  for (const { counts } of found) {
    for (const [type, count] of Object.entries(counts)) sum[type] = (sum[type] ?? 0) + count;
  }
  return sum;
}
