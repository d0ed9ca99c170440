import { type Bounds, allowedBytes, underPressure } from './bounds.ts';
import type { Clock } from './clock.ts';
import type { Entry } from './entry.ts';
import type { Files } from './files.ts';
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

/** Keeps what waits within its bounds. */
export class Room {
  readonly #options: RoomOptions;
  #allowedBytes: number;

  constructor(options: RoomOptions) {
    this.#options = options;
    this.#allowedBytes = options.bounds.maxBytes;
  }

  /** Evicts what is too old, and the oldest while there is no room for so many bytes; never the one in flight. */
  async make(incoming: number, inFlight: Entry | null): Promise<void> {
    const { bounds, clock, files, folder, queue, evict } = this.#options;
    for (const entry of queue.olderThan(clock.monotonic() - bounds.maxAgeMs)) {
      if (entry !== inFlight) await evict(entry, 'expired');
    }
    const space = await files.space(folder).catch(() => null);
    const { bytes, reason } = allowedBytes(bounds, queue.bytes, space);
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
