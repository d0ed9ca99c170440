import { EMPTY, Observable, Subject, type Subscriber, type Subscription, of } from 'rxjs';
import type { Aside, Fate, Spool } from '../ports/spool.ts';
import type { Header, Payload } from '../schema/payload.ts';

/** Most payloads that wait, whatever their size. */
const MAX_ENTRIES = 50_000;

/** What a payload costs in memory beside its body, in bytes: header, marks, lists. */
const OVERHEAD_BYTES = 1_024;

/**
 * A bounded spool in memory: nothing outlives the process.
 *
 * Above `maxBytes` the oldest payloads go (`evicted$`, reason `spool_full`), never the one in flight. Halves of a split
 * payload take its place. `close()` gives back what is left, reason `shutdown`.
 */
export function memorySpool({ maxBytes }: { readonly maxBytes: number }): Observable<Spool> {
  return new Observable((subscriber) => {
    const queue = new Queue(maxBytes);
    subscriber.add(() => queue.end());
    subscriber.next(queue);
  });
}

class Queue implements Spool {
  readonly marks = {};
  readonly recovered = {};
  /** Nothing is held back: what a process reads for itself alone it may as well lose. */
  readonly pressure$ = of(false);
  readonly news$ = EMPTY;
  /** Nothing that was set aside is kept. */
  readonly aside = nothingAside;
  readonly entries$ = this.#entries();
  readonly waiting$ = this.#count();
  readonly #maxBytes: number;
  readonly #changes = new Subject<void>();
  readonly #evictions = new Subject<{ header: Header; reason: string }>();
  #waiting: Payload[] = [];
  #bytes = 0;
  #inFlight: string | null = null;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get evicted$(): Spool['evicted$'] {
    return this.#evictions.asObservable();
  }

  end(): void {
    this.#waiting = [];
    this.#bytes = 0;
    this.#changes.complete();
    this.#evictions.complete();
  }

  /** The oldest payload; after it was settled, the next oldest. */
  #entries(): Observable<Header> {
    return new Observable((subscriber) => {
      const pump = (): void => {
        const oldest = this.#waiting[0];
        if (oldest === undefined || this.#inFlight !== null) return;
        this.#inFlight = oldest.header.id;
        subscriber.next(oldest.header);
      };
      subscriber.add(this.#onChange(subscriber, pump));
      // Who leaves gives the payload in flight back: the next subscriber begins with it.
      subscriber.add(() => {
        this.#inFlight = null;
      });
      pump();
    });
  }

  #count(): Observable<number> {
    return new Observable((subscriber) => {
      const tell = (): void => subscriber.next(this.#waiting.length);
      subscriber.add(this.#onChange(subscriber, tell));
      tell();
    });
  }

  #onChange(subscriber: Subscriber<unknown>, react: () => void): Subscription {
    return this.#changes.subscribe({
      next: react,
      error: (error: unknown) => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
  }

  append(payload: Payload): Observable<Header> {
    return new Observable((subscriber) => {
      this.#waiting.push(payload);
      this.#bytes += cost(payload);
      // The header first: whoever keeps books must know of a payload before it is evicted or sent.
      subscriber.next(payload.header);
      this.#evict();
      subscriber.complete();
      this.#changes.next();
    });
  }

  #evict(): void {
    while (this.#bytes > this.#maxBytes || this.#waiting.length > MAX_ENTRIES) {
      const index = this.#waiting.findIndex(({ header }) => header.id !== this.#inFlight);
      const [oldest] = index < 0 ? [] : this.#waiting.splice(index, 1);
      if (oldest === undefined) return;
      this.#bytes -= cost(oldest);
      this.#evictions.next({ header: oldest.header, reason: 'spool_full' });
    }
  }

  read(entry: Header): Observable<Payload> {
    return new Observable((subscriber) => {
      const payload = this.#waiting.find(({ header }) => header.id === entry.id);
      if (payload !== undefined) subscriber.next(payload);
      subscriber.complete();
    });
  }

  settle(entry: Header, fate: Fate): Observable<void> {
    return new Observable((subscriber) => {
      const index = this.#waiting.findIndex(({ header }) => header.id === entry.id);
      if (index >= 0) {
        const heirs = fate.is === 'split' ? fate.halves : [];
        const gone = this.#waiting.splice(index, 1, ...heirs);
        for (const payload of gone) this.#bytes -= cost(payload);
        for (const payload of heirs) this.#bytes += cost(payload);
      }
      if (this.#inFlight === entry.id) this.#inFlight = null;
      this.#evict();
      subscriber.next();
      subscriber.complete();
      this.#changes.next();
    });
  }

  close(): Observable<{ header: Header; reason: string }> {
    return new Observable((subscriber) => {
      const left = this.#waiting;
      this.#waiting = [];
      this.#bytes = 0;
      for (const { header } of left) subscriber.next({ header, reason: 'shutdown' });
      subscriber.complete();
      this.#changes.next();
    });
  }
}

const cost = ({ body }: Payload): number => body.length + OVERHEAD_BYTES;

const nothingAside = { retry: () => of([]), drop: () => of([]) } satisfies Aside;
