import type { Entry } from './entry.ts';

/** The payloads that wait, in their order, and what they take. */
export class Queue {
  #entries: Entry[];
  #bytes = 0;

  constructor(entries: readonly Entry[]) {
    this.#entries = [...entries];
    for (const { size } of entries) this.#bytes += size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get length(): number {
    return this.#entries.length;
  }

  get first(): Entry | undefined {
    return this.#entries[0];
  }

  find(id: string): Entry | undefined {
    return this.#entries.find((entry) => entry.id === id);
  }

  push(entry: Entry): void {
    this.#entries.push(entry);
    this.#bytes += entry.size;
  }

  unshift(entry: Entry): void {
    this.#entries.unshift(entry);
    this.#bytes += entry.size;
  }

  /** Puts others in its place; none: takes it out. False where it was not there. */
  replace(entry: Entry, others: readonly Entry[] = []): boolean {
    const index = this.#entries.indexOf(entry);
    if (index < 0) return false;
    this.#entries.splice(index, 1, ...others);
    this.#bytes -= entry.size;
    for (const { size } of others) this.#bytes += size;
    return true;
  }

  /** Behind all others, where it holds them up. */
  toEnd(entry: Entry): void {
    if (this.replace(entry)) this.push(entry);
  }

  /** Which one goes first where there is no room: the oldest that was polled, else the oldest; never the one in flight. */
  victim(inFlight: Entry | null): Entry | undefined {
    return (
      this.#entries.find((entry) => entry !== inFlight && !entry.marked) ??
      this.#entries.find((entry) => entry !== inFlight)
    );
  }

  /** Those that were made before a moment of the monotonic clock. */
  olderThan(moment: number): Entry[] {
    return this.#entries.filter(({ bornAt }) => bornAt < moment);
  }
}
