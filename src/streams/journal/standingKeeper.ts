import { asyncScheduler } from 'rxjs';
import { type Books, emptyBooks } from '../../schema/books.ts';
import type { Entry } from '../../schema/journal.ts';
import type { Counts } from '../../schema/json.ts';
import type { Failure, Standing, UnitStanding } from '../../schema/standing.ts';
import { post } from './books.ts';

type Unit = { -readonly [K in keyof Omit<UnitStanding, 'dropped'>]: UnitStanding[K] };

/** Units of which this much is known at most; there are as many as servers times types. */
const MAX_UNITS = 10_000;
/** Units of the agent itself. */
const own: ReadonlySet<string> = new Set(['sink', 'tokens', 'spool', 'config', 'agent']);
/** What keeps payloads from being delivered. */
const delivery: ReadonlySet<string> = new Set(['sink', 'tokens', 'spool']);

const isoNow = (): string => new Date(asyncScheduler.now()).toISOString();

/** How the agent does, from its journal; counts from its making on. */
export class StandingKeeper {
  readonly #process: Pick<Standing, 'version' | 'pid'>;
  readonly #startedAt = isoNow();
  readonly #units = new Map<string, Unit>();
  readonly #dropped = new Map<string, Record<string, number>>();
  readonly #failing = new Set<string>();
  #books: Books = emptyBooks;
  #attempts = 0;
  #lastSuccess: { readonly at: string; readonly ms: number } | null = null;
  #lastError: Failure | null = null;

  constructor(process: Pick<Standing, 'version' | 'pid'>) {
    this.#process = process;
  }

  note(entry: Entry): void {
    this.#books = post(this.#books, entry);
    switch (entry.at) {
      case 'polled': {
        const unit = this.#unit(entry.unit);
        unit.last_run_at = isoNow();
        unit.last_run_ms = entry.tookMs;
        unit.runs++;
        return;
      }
      case 'source': {
        const unit = this.#unit(entry.unit);
        unit.metrics++;
        if (unit.runs === 0) unit.last_run_at = isoNow();
        return;
      }
      case 'skipped':
        this.#unit(entry.unit).skipped_ticks += entry.ticks;
        return;
      case 'trouble':
        this.#failed(entry);
        return;
      case 'settled':
        this.#failing.delete(entry.unit);
        return;
      case 'sent': {
        const { verdict, tookMs } = entry.receipt;
        this.#attempts++;
        if (verdict.is === 'delivered') this.#lastSuccess = { at: isoNow(), ms: tookMs };
        return;
      }
      case 'dropped':
        for (const [type, count] of Object.entries(entry.counts)) {
          const reasons = this.#dropped.get(type) ?? {};
          reasons[entry.reason] = (reasons[entry.reason] ?? 0) + count;
          this.#dropped.set(type, reasons);
        }
    }
  }

  now(): Standing {
    return {
      ...this.#process,
      started_at: this.#startedAt,
      books: this.#books,
      attempts: this.#attempts,
      last_success_at: this.#lastSuccess?.at ?? null,
      last_success_ms: this.#lastSuccess?.ms ?? null,
      last_error: this.#lastError,
      failing: this.#failing.size > 0,
      sources: [...this.#units.values()]
        .sort((a, b) => (a.unit < b.unit ? -1 : 1))
        .map((unit) => ({ ...unit, dropped: this.#droppedOf(unit.unit) })),
    };
  }

  #failed({ unit, code, message }: Extract<Entry, { at: 'trouble' }>): void {
    const failure = { at: isoNow(), unit, code, message };
    if (delivery.has(unit)) {
      this.#failing.add(unit);
      this.#lastError = failure;
    }
    if (own.has(unit)) return;
    const failed = this.#unit(unit);
    failed.errors++;
    failed.last_error = failure;
  }

  #droppedOf(unit: string): Counts {
    const [first = '', type = first] = unit.split('/');
    return this.#dropped.get(type) ?? {};
  }

  #unit(name: string): Unit {
    let unit = this.#units.get(name);
    if (unit) return unit;
    unit = {
      unit: name,
      last_run_at: null,
      last_run_ms: null,
      runs: 0,
      metrics: 0,
      errors: 0,
      skipped_ticks: 0,
      last_error: null,
    };
    if (this.#units.size < MAX_UNITS) this.#units.set(name, unit);
    return unit;
  }
}
