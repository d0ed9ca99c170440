import { ByteQueue } from './byteQueue.ts';

/** When a window closes, and how much may wait. */
export interface WindowLimits {
  /** A window closes when its oldest value has waited for so long, in ms. */
  readonly maxAgeMs: number;
  /** A window closes before a value that would take it above so many bytes; a larger value goes alone. */
  readonly maxBytes: number;
  /** A window closes with so many values. */
  readonly maxCount: number;
  /** So many bytes may wait while a window is written; above that, the oldest values are dropped. */
  readonly capacityBytes: number;
}

/** 16 MiB may wait before the first limits are known; nothing is ready by then unless all is to go. */
const unknown: WindowLimits = {
  maxAgeMs: Infinity,
  maxBytes: Infinity,
  maxCount: Infinity,
  capacityBytes: 16 * 1024 * 1024,
};

/** The longest delay of a platform timer, in ms; a longer one would fire at once. */
const longestDelayMs = 2 ** 31 - 1;

/** What waits to be written, and whether a window of it is ready; the state of `bufferWindow`. Times in ms, from the caller. */
export class WindowQueue<T> {
  readonly #queue = new ByteQueue<T>();
  #limits = unknown;
  /** How many of the oldest go, whatever the limits say. */
  #due = 0;

  /** The newest limits count, for what waits too. */
  set limits(limits: WindowLimits) {
    this.#limits = { ...limits, maxBytes: Math.min(limits.maxBytes, limits.capacityBytes) };
  }

  get length(): number {
    return this.#queue.length;
  }

  /** Whether a value of this size may wait at all. */
  fits(size: number): boolean {
    return size <= this.#limits.capacityBytes;
  }

  push(value: T, size: number, now: number): void {
    this.#queue.push(value, size, now);
  }

  /** Makes the oldest values ready, by default all. */
  release(count = this.length): void {
    this.#due = Math.max(this.#due, count);
  }

  /** Whether a window is to be written now. */
  ready(now: number): boolean {
    if (this.length === 0 || this.#limits === unknown) return false;
    return this.full || this.#due > 0 || this.waitMs(now) === 0;
  }

  /**
   * How long until the oldest value has its age; never more than the age, even where the clock was set back.
   * Infinity before the first limits.
   */
  waitMs(now: number): number {
    if (this.#limits === unknown) return Infinity;
    const longest = Math.min(this.#limits.maxAgeMs, longestDelayMs);
    const age = now - (this.#queue.oldestAt ?? now);
    return Math.max(0, Math.min(longest, longest - age));
  }

  /** Removes the next window: the oldest values that fit into the limits, and one at least. */
  take(withNext: (value: T) => boolean): T[] {
    const window = this.#queue.take(this.#limits.maxCount, this.#limits.maxBytes, withNext);
    this.#due = Math.max(0, this.#due - window.length);
    return window;
  }

  /** Whether enough waits for a window. */
  get full(): boolean {
    return this.length >= this.#limits.maxCount || this.#queue.bytes >= this.#limits.maxBytes;
  }

  /** Whether more waits than may. */
  get overfull(): boolean {
    return this.#queue.bytes > this.#limits.capacityBytes;
  }

  /** Removes the oldest values until the others fit into the capacity. */
  trim(): T[] {
    const dropped = this.#queue.trim(this.#limits.capacityBytes);
    this.#due = Math.max(0, this.#due - dropped.length);
    return dropped;
  }
}
