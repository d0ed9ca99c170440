import type { Subscription } from 'rxjs';
import { type DurableSpoolOptions, durableSpool } from '../../../src/io/spool/durableSpool.ts';
import { type FileHeader, readHeaderLine } from '../../../src/io/spool/headerLine.ts';
import { byPlace, placeOf } from '../../../src/io/spool/place.ts';
import type { Fate, Spool, SpoolNews } from '../../../src/ports/spool.ts';
import type { Header, Payload } from '../../../src/schema/payload.ts';
import { FakeDisk } from './fakeDisk.ts';
import { linesOf, payloadOf } from './payloads.ts';

export const FOLDER = '/state/spool';

/** Lets all promises go as far as they can. */
export async function quiet(): Promise<void> {
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A spool on a fake disk over many processes: a log is its source, a backend that knows ids its sink. */
export class Runs {
  readonly disk = new FakeDisk();
  /** What the backend stored: lines by the payload's id. */
  readonly stored = new Map<string, readonly number[]>();
  /** Lines that were given up with a word. */
  readonly gone: number[] = [];
  readonly news: SpoolNews[] = [];
  readonly bounds: DurableSpoolOptions['bounds'];
  spool: Spool | null = null;
  offered: Header | null = null;
  /** The next line that the source will read. */
  next = 0;
  appending = false;
  settling = false;
  monotonic = 0;
  machine: string | null = 'here';
  /** Of the wall clock. */
  now = 0;
  #ids = 0;
  #byId = new Map<string, readonly number[]>();
  #sleepers: (() => void)[] = [];
  readonly #ticks = new Set<{ ms: number; work: () => void }>();
  #subscriptions: Subscription[] = [];

  constructor(bounds: Partial<DurableSpoolOptions['bounds']> = {}) {
    this.bounds = {
      maxBytes: 1_000_000_000,
      maxFiles: 50_000,
      maxAgeMs: 604_800_000,
      minFreeBytes: 0,
      ...bounds,
    };
    this.disk.onCrash = () => this.died();
  }

  async start(): Promise<void> {
    const clock = {
      now: () => this.now,
      monotonic: () => this.monotonic,
      every: (ms: number, work: () => void) => {
        const tick = { ms, work };
        this.#ticks.add(tick);
        return () => this.#ticks.delete(tick);
      },
      sleep: () => new Promise<void>((resolve) => this.#sleepers.push(resolve)),
    };
    const opened$ = durableSpool({
      folder: FOLDER,
      bounds: this.bounds,
      files: this.disk.mount(),
      clock,
      machine: () => Promise.resolve(this.machine),
    });
    this.#subscriptions.push(
      opened$.subscribe({
        next: (spool) => this.#opened(spool),
        error: (error: unknown) => {
          this.news.push({ is: 'trouble', code: 'open', message: String(error) });
        },
      }),
    );
    await quiet();
  }

  #opened(spool: Spool): void {
    this.spool = spool;
    this.next = (spool.marks['main/pg_log'] as number | undefined) ?? 0;
    this.#subscriptions.push(
      spool.evicted$.subscribe(({ header }) => this.lost(header.id)),
      spool.news$.subscribe((news) => this.news.push(news)),
      spool.entries$.subscribe((header) => (this.offered = header)),
    );
  }

  /** Reads some lines and makes them durable; the source goes on only behind what is durable. */
  async append(count: number, marked = true): Promise<void> {
    if (!this.spool || this.appending) return;
    const lines = Array.from({ length: count }, (_, i) => this.next + i);
    const made = payloadOf(`p${this.#ids++}`, lines, this.next + count);
    const payload = marked ? made : { ...made, header: { ...made.header, marked: 0 } };
    this.#byId.set(payload.header.id, lines);
    this.appending = true;
    this.#subscriptions.push(
      this.spool.append(payload).subscribe(() => {
        this.appending = false;
        this.next += count;
      }),
    );
    await quiet();
  }

  /** The backend takes what is offered; `lost`: the process never hears of it. */
  async send(lost = false): Promise<void> {
    const { offered, spool } = this;
    if (!spool || !offered || this.settling) return;
    const payload = await this.#read(spool, offered);
    if (payload === 'damaged') {
      this.lost(offered.id);
      await this.settle({ is: 'set_aside', reason: 'unreadable' });
    } else if (payload) {
      this.stored.set(payload.header.id, linesOf(payload));
      if (!lost) await this.settle({ is: 'delivered' });
    } else await this.settle({ is: 'set_aside', reason: 'evicted' });
  }

  async #read(spool: Spool, entry: Header): Promise<Payload | 'damaged' | undefined> {
    const found: (Payload | 'damaged')[] = [];
    let over = false;
    this.#subscriptions.push(
      spool.read(entry).subscribe({
        next: (read) => found.push(read),
        error: () => {
          found.push('damaged');
          over = true;
        },
        complete: () => (over = true),
      }),
    );
    await quiet();
    // What cannot be read for the moment is tried again.
    const waits = (): boolean => !over && this.spool === spool;
    for (let tries = 0; waits() && tries < 50; tries++) await this.wake();
    return found[0];
  }

  async settle(fate: Fate): Promise<void> {
    const { offered, spool } = this;
    if (!spool || !offered || this.settling) return;
    this.offered = null;
    this.settling = true;
    this.#subscriptions.push(spool.settle(offered, fate).subscribe(() => (this.settling = false)));
    await quiet();
  }

  /** Gives up the lines of a payload. */
  lost(id: string): void {
    this.gone.push(...(this.#byId.get(id) ?? []));
  }

  async refuse(reason: string): Promise<void> {
    const { offered } = this;
    if (!offered || this.settling) return;
    if (reason !== 'suspect') this.lost(offered.id);
    await this.settle({ is: 'set_aside', reason });
  }

  async split(): Promise<void> {
    const { offered, spool } = this;
    // The backend may have it: then it is not cut.
    if (!spool || !offered || this.settling || this.stored.has(offered.id)) return;
    const payload = await this.#read(spool, offered);
    if (typeof payload !== 'object') return;
    const lines = linesOf(payload);
    if (lines.length < 2) return;
    const middle = Math.ceil(lines.length / 2);
    const mark = offered.marks['main/pg_log'] as number;
    const half = (index: 0 | 1): Payload => {
      const part = index === 0 ? lines.slice(0, middle) : lines.slice(middle);
      const { header, body } = payloadOf(`${offered.id}.${index}`, part, mark);
      this.#byId.set(header.id, part);
      return { header: { ...offered, ...header, marks: offered.marks, parent: offered.id }, body };
    };
    await this.settle({ is: 'split', halves: [half(0), half(1)] });
  }

  /** An hour passes. */
  async retrySuspects(): Promise<void> {
    for (const tick of this.#ticks) if (tick.ms === 3_600_000) tick.work();
    await quiet();
  }

  /** Time passes: what waits tries again. */
  async wake(): Promise<void> {
    for (const wake of this.#sleepers.splice(0)) wake();
    await quiet();
  }

  /** The process is gone. */
  died(): void {
    this.spool = null;
    this.offered = null;
    this.appending = false;
    this.settling = false;
    this.#sleepers = [];
    this.#ticks.clear();
    for (const subscription of this.#subscriptions.splice(0)) subscription.unsubscribe();
  }

  async restart(): Promise<void> {
    this.disk.kill();
    this.died();
    await this.start();
  }

  /** Delivers all that waits, suspects too. */
  async drain(): Promise<void> {
    for (let round = 0; round < 500; round++) {
      await this.wake();
      if (this.offered) await this.send();
      else if (!this.appending && !this.settling) return;
    }
    throw new Error('the spool does not drain');
  }

  /** The newest header that is on the disk. */
  newest(): FileHeader | null {
    return newestOf(this.disk.paths(), (path) => this.disk.bytes(path));
  }

  /** The newest header that no loss of power can take. */
  newestDurable(): FileHeader | null {
    return newestOf(this.disk.durablePaths(), (path) => this.disk.durableBytes(path));
  }

  /** How often each line was stored, over all ids. */
  counts(): Map<number, number> {
    const counts = new Map<number, number>();
    for (const lines of this.stored.values()) {
      for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
    }
    return counts;
  }
}

function newestOf(paths: readonly string[], bytes: (path: string) => Buffer): FileHeader | null {
  const heads = paths.flatMap((path) => {
    const place = placeOf(path.slice(path.lastIndexOf('/') + 1));
    const found = readHeaderLine(bytes(path));
    return place && typeof found !== 'string' ? [{ place, header: found.header }] : [];
  });
  return heads.sort((a, b) => byPlace(a.place, b.place)).at(-1)?.header ?? null;
}
