import { type Bounds, allowedBytes, underPressure } from './bounds.ts';
import type { Clock } from './clock.ts';
import type { Entry } from './entry.ts';
import type { DiskSpace, Files } from './files.ts';
import type { Queue } from './queue.ts';

export interface RoomOptions {
  readonly folder: string;
  readonly bounds: Bounds;
  readonly files: Files;
  readonly clock: Clock;
  readonly queue: Queue;
  /** Lets one go for want of room (`spool_full`, `disk_low`) or for its age (`expired`). */
  readonly evict: (entry: Entry, reason: string) => Promise<void>;
}

/** So long a look at ages and free space holds, in ms; what is written meanwhile is taken off the space. */
const LOOK_MS = 1_000;

/** Keeps what waits within its bounds. */
export class Room {
  readonly #options: RoomOptions;
  #allowedBytes: number;
  #space: DiskSpace | null = null;
  #lookedAt = -Infinity;

  constructor(options: RoomOptions) {
    this.#options = options;
    this.#allowedBytes = options.bounds.maxBytes;
  }

  /** Evicts what is too old, and the oldest while there is no room for so many bytes; never the one in flight. */
  async make(incoming: number, inFlight: Entry | null): Promise<void> {
    const { bounds, clock, files, folder, queue, evict } = this.#options;
    const now = clock.monotonic();
    if (incoming === 0 || now - this.#lookedAt >= LOOK_MS) {
      this.#lookedAt = now;
      this.#space = await files.space(folder).catch(() => null);
      for (const entry of queue.olderThan(now - bounds.maxAgeMs)) {
        if (entry !== inFlight) await evict(entry, 'expired');
      }
    }
    const { bytes, reason } = allowedBytes(bounds, queue.bytes, this.#space);
    this.#space = this.#space && { ...this.#space, free: this.#space.free - incoming };
    this.#allowedBytes = bytes;
    const more = incoming > 0 ? 1 : 0;
    while (queue.bytes + incoming > bytes || queue.length + more > bounds.maxFiles) {
      const victim = queue.victim(inFlight);
      if (!victim) return;
      await evict(victim, reason);
    }
  }

  /** Whether followers should pause, given whether they do. */
  pressure(paused: boolean): boolean {
    const { bounds, queue } = this.#options;
    const share = Math.max(queue.bytes / this.#allowedBytes, queue.length / bounds.maxFiles);
    return underPressure(paused, share);
  }
}
