import { measureCount } from './measuresOf.ts';

/** The measures of all statements of a database at one reading, which the next one is ranked against. */
export class Baseline {
  /** The number of each statement, by key. */
  readonly #numbers = new Map<string, number>();
  /** The measures one after the other: an object for each statement would take five times as much. */
  #measures = new Float64Array(64 * measureCount);

  note(key: string, measures: readonly number[]): void {
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(key, number);
    }
    const from = number * measureCount;
    if (from >= this.#measures.length) {
      const larger = new Float64Array(2 * this.#measures.length);
      larger.set(this.#measures);
      this.#measures = larger;
    }
    for (let index = 0; index < measureCount; index++)
      this.#measures[from + index] = measures[index] ?? 0;
  }

  /** How much each measure has increased since. One that is below what it was, was reset and counts whole. */
  increases(key: string, measures: readonly number[]): readonly number[] {
    const number = this.#numbers.get(key);
    if (number === undefined) return measures;
    const increases: number[] = [];
    for (let index = 0; index < measureCount; index++) {
      const now = measures[index] ?? 0;
      const then = this.#measures[number * measureCount + index] ?? 0;
      increases.push(now < then ? now : now - then);
    }
    return increases;
  }
}
