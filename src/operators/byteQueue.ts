/** Values in the order of their arrival, with their sizes; every operation costs amortised O(1) per value. */
export class ByteQueue<T> {
  #entries: { readonly value: T; readonly size: number; readonly at: number }[] = [];
  #head = 0;
  #bytes = 0;

  get length(): number {
    return this.#entries.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** When the oldest value arrived, as given to `push`; undefined where there is none. */
  get oldestAt(): number | undefined {
    return this.#entries[this.#head]?.at;
  }

  push(value: T, size: number, at: number): void {
    this.#entries.push({ value, size, at });
    this.#bytes += size;
  }

  /** Removes the oldest values: as many as fit into both limits, and one at least. */
  take(maxCount: number, maxBytes: number): T[] {
    let bytes = 0;
    return this.#remove((size, taken) => {
      bytes += size;
      return taken === 0 || (taken < maxCount && bytes <= maxBytes);
    });
  }

  /** Removes the oldest values until those left have at most `maxBytes`. */
  trim(maxBytes: number): T[] {
    return this.#remove(() => this.#bytes > maxBytes);
  }

  #remove(may: (size: number, taken: number) => boolean): T[] {
    const removed: T[] = [];
    for (let entry = this.#entries[this.#head]; entry; entry = this.#entries[this.#head]) {
      if (!may(entry.size, removed.length)) break;
      removed.push(entry.value);
      this.#bytes -= entry.size;
      this.#head += 1;
    }
    // The front is cut off only when it is the larger part: shifting the whole array at each removal would be quadratic.
    if (this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    return removed;
  }
}
