import type { Int64 } from '../schema/fields.ts';

/** A counter at one moment. */
export interface CounterReading {
  readonly value: Int64 | null;
  /** Since when it counts: two readings of different epochs cannot be compared. */
  readonly epoch: string | null;
}

/** Counters that are remembered at most. */
const MAX_KEYS = 10_000;

/**
 * How much counters grew between two readings. Null where that is not known: at the first reading, across a reset, a
 * restart or a crash (another epoch), where the counter went back, and where a value is missing. Never negative.
 *
 *     value     3   5   5   1   4        epoch a a a b b
 *     growth    -   2   0   -   3        -: null
 */
export class Increments {
  #readings = new Map<string, CounterReading>();

  /** Compares all counters with those of the last call; one that is not among them is forgotten. */
  next(readings: ReadonlyMap<string, CounterReading>): ReadonlyMap<string, number | null> {
    const before = this.#readings;
    const kept = new Map<string, CounterReading>();
    const grown = new Map<string, number | null>();
    for (const [key, reading] of readings) {
      grown.set(key, growth(before.get(key), reading));
      if (kept.size < MAX_KEYS) kept.set(key, reading);
    }
    this.#readings = kept;
    return grown;
  }
}

function growth(before: CounterReading | undefined, now: CounterReading): number | null {
  if (before === undefined || before.epoch !== now.epoch) return null;
  if (before.value === null || now.value === null) return null;
  const grown = BigInt(now.value) - BigInt(before.value);
  return grown < 0n ? null : Number(grown);
}
