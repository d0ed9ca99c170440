import {
  BehaviorSubject,
  type Observable,
  combineLatest,
  distinctUntilChanged,
  map,
  tap,
} from 'rxjs';
import type { SectionSettings } from '../../schema/config.ts';
import { type Demand, newFactors } from './newFactors.ts';
import { type Paced, type Rhythms, intervalAt, sameFactors, stretched } from './rhythms.ts';
import { RunCosts } from './runCosts.ts';

/** An interval becomes at most so many times as long, and at most a day, where its rhythm says nothing else. */
const MOST = 16;
const DAY_S = 86_400;
/** Nothing is relaxed for so long after anything was stretched, in ms: the budget is one for ten minutes. */
const CALM_MS = 600_000;

/** An interval that was stretched or relaxed, in s. */
export interface Change {
  readonly source: string;
  readonly key: string;
  readonly from: number;
  readonly to: number;
}

/** The intervals of all sources of a server: as configured, and as its budget allows. */
export class Pacing {
  readonly #rhythms: Rhythms;
  readonly #sections = new Map<string, SectionSettings>();
  readonly #factors$ = new BehaviorSubject<ReadonlyMap<string, number>>(new Map());
  readonly #runs = new RunCosts();
  #stretchedAt = -Infinity;
  #budget = 0;

  constructor(rhythms: Rhythms) {
    this.#rhythms = rhythms;
  }

  /** The section of a source with the intervals in force: the newest at once, then each change. */
  paced<S extends SectionSettings>(type: string, given$: Observable<S>): Observable<S> {
    return combineLatest([
      given$.pipe(tap((section) => this.#sections.set(type, section))),
      this.#factors$.pipe(distinctUntilChanged((a, b) => sameFactors(type, a, b))),
    ]).pipe(
      map(([section, factors]) => stretched(type, section, factors)),
      distinctUntilChanged(),
    );
  }

  /** In s; null where its section is off. */
  intervalsOf({ rhythm, key, source }: Paced): { interval: number; inForce: number } | null {
    const interval = intervalAt(this.#sections.get(source), key);
    if (interval === null) return null;
    return { interval, inForce: interval * (this.#factors$.value.get(rhythm) ?? 1) };
  }

  /** Adds what a statement took. */
  add(query: string, ms: number, now: number): void {
    const paced = this.#rhythms.of(query);
    const intervals = paced && this.intervalsOf(paced);
    if (intervals) this.#runs.add(paced.rhythm, ms, intervals.inForce, now);
  }

  /** Stretches and relaxes, so that all together cost at most `budget` (ms per s); what changed. */
  adjust(budget: number, now: number): readonly Change[] {
    const before = this.#factors$.value;
    const demands = this.#rhythms.all(this.#sections).flatMap((paced): Demand[] => {
      const intervals = this.intervalsOf(paced);
      if (!intervals) return [];
      const { rhythm, slowest = intervals.interval * MOST } = paced;
      const costMs = this.#runs.of(rhythm, intervals.inForce, now);
      const { interval } = intervals;
      return [{ interval, rhythm, costMs, slowest: Math.min(slowest, DAY_S) }];
    });
    const next = newFactors(demands, before, budget, this.#mayRelax(budget, now));
    if (demands.some(({ rhythm }) => (next.get(rhythm) ?? 1) > (before.get(rhythm) ?? 1))) {
      this.#stretchedAt = now;
    }
    if (next.size > 0 || before.size > 0) this.#factors$.next(next);
    return demands.flatMap(({ rhythm, interval }): Change[] => {
      const [was, is] = [before.get(rhythm) ?? 1, next.get(rhythm) ?? 1];
      const [source = '', ...key] = rhythm.split('.');
      return is === was
        ? []
        : [{ source, key: key.join('.'), from: interval * was, to: interval * is }];
    });
  }

  /** Another budget counts at once. */
  #mayRelax(budget: number, now: number): boolean {
    const isOther = budget !== this.#budget;
    this.#budget = budget;
    // The clock was set back.
    if (now < this.#stretchedAt) this.#stretchedAt = now;
    return isOther || now - this.#stretchedAt >= CALM_MS;
  }
}
