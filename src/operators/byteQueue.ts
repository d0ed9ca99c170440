/** Longer lists are given back to memory when the queue is empty. */
const LONG = 10_000;

/** Values in the order of their arrival, with their sizes; every operation costs amortised O(1) per value. */
export class ByteQueue<T> {
  // One list per property: an object per value would cost more than all else here.
  #values: T[] = [];
  #sizes: number[] = [];
  /** In whole ms since `#epoch`: small integers, since an engine boxes the ms since 1970, or copies the list for them. */
  #times: number[] = [];
  #epoch = 0;
  /** The oldest value, and behind the newest. What stands behind in the lists of numbers is left from before. */
  #head = 0;
  #tail = 0;
  #bytes = 0;

  get length(): number {
    return this.#tail - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** When the oldest value arrived, as given to `push`, in whole ms; undefined where there is none. */
  get oldestAt(): number | undefined {
    return this.length === 0 ? undefined : this.#epoch + (this.#times[this.#head] ?? 0);
  }

  push(value: T, size: number, at: number): void {
    if (this.length === 0) this.#epoch = at;
    this.#values.push(value);
    this.#sizes[this.#tail] = size;
    this.#times[this.#tail] = (at - this.#epoch) | 0;
    this.#tail += 1;
    this.#bytes += size;
  }

  /**
   * Removes the oldest values: as many as fit into both limits, and one at least. Values that go with the next one are
   * not torn from it: both stay, or, where that is all there is, both go.
   */
  take(maxCount: number, maxBytes: number, withNext: (value: T) => boolean = () => false): T[] {
    const most = Math.min(this.length, maxCount);
    let count = Math.min(this.length, 1);
    let bytes = this.#sizeOf(0);
    while (count < most && (bytes += this.#sizeOf(count)) <= maxBytes) count += 1;
    const goesOn = (place: number): boolean =>
      place < this.length && withNext(this.#values[this.#head + place - 1] as T);
    let end = count;
    while (end > 0 && goesOn(end)) end -= 1;
    if (end === 0) for (end = count; goesOn(end);) end += 1;
    return this.#remove(end);
  }

  /** Removes the oldest values until those left have at most `maxBytes`. */
  trim(maxBytes: number): T[] {
    let count = 0;
    let bytes = this.#bytes;
    while (bytes > maxBytes) bytes -= this.#sizeOf(count++);
    return this.#remove(count);
  }

  /** The size of a value by its place; 0 behind the last. */
  #sizeOf(index: number): number {
    const at = this.#head + index;
    return at < this.#tail ? (this.#sizes[at] ?? 0) : 0;
  }

  #remove(count: number): T[] {
    const end = this.#head + count;
    const all = count === this.#values.length;
    const removed = all ? this.#values : this.#values.slice(this.#head, end);
    for (let i = this.#head; i < end; i++) this.#bytes -= this.#sizes[i] ?? 0;
    this.#head = end;
    if (this.length === 0) this.#clear();
    // The front is cut off only when it is the larger part: shifting all lists at each removal would be quadratic.
    if (this.#head * 2 > this.#tail) {
      this.#values = this.#values.slice(this.#head);
      this.#sizes = this.#sizes.slice(this.#head, this.#tail);
      const past = this.#times[this.#head] ?? 0;
      this.#times = this.#times.slice(this.#head, this.#tail).map((time) => time - past);
      this.#epoch += past;
      this.#tail -= this.#head;
      this.#head = 0;
    }
    return removed;
  }

  /** Keeps the lists of numbers, unless they are long: the next window is likely to be as large. */
  #clear(): void {
    if (this.#tail > LONG) {
      this.#sizes = [];
      this.#times = [];
    }
    this.#values = [];
    this.#head = 0;
    this.#tail = 0;
  }
}
