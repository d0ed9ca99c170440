import { rounded } from '../rounded.ts';
import type { LockReading, Waiter } from './lockRows.ts';

/** A wait that is told as an event, in s. */
const BLOCKED_S = 30;

interface Seen {
  /** What was awaited: another lock, or another statement, is another wait. */
  readonly wait: string;
  /** The server's clock when it was first seen, ms since 1970. */
  readonly since: number;
  told: boolean;
}

/**
 * How long locks have been awaited, and which waits have just become long.
 *
 *     wait      --w-----------------------------------
 *     reading   x---------x---------x---------x-------     s: 10 apart
 *     seconds             8         18        28
 *     blocked                                       (at 38, once)
 *
 * From 14 on the server tells since when; on 13 it is counted from the first reading that saw the wait.
 */
export class LongWaits {
  #seen = new Map<number, Seen>();
  #now = 0;

  /** Takes a reading; emits the waits that have passed 30 s since the last one. */
  update({ readAt, waiters, involved }: LockReading): readonly Waiter[] {
    this.#now = readAt === null ? this.#now : Date.parse(readAt);
    const starts = new Map(involved.map(({ pid, queryStart }) => [pid, queryStart]));
    const before = this.#seen;
    this.#seen = new Map();
    const blocked: Waiter[] = [];
    for (const waiter of waiters) {
      const { pid, object, mode, waitStart } = waiter;
      const wait = `${object} ${mode} ${waitStart ?? starts.get(pid) ?? ''}`;
      const known = before.get(pid);
      const seen: Seen =
        known?.wait === wait
          ? known
          : { wait, since: waitStart === null ? this.#now : Date.parse(waitStart), told: false };
      this.#seen.set(pid, seen);
      if (seen.told || this.#now - seen.since < BLOCKED_S * 1000) continue;
      seen.told = true;
      blocked.push(waiter);
    }
    return blocked;
  }

  /** How long a waiter of the last reading has waited, in s. */
  secondsOf({ pid }: Waiter): number | null {
    const seen = this.#seen.get(pid);
    return seen ? rounded(Math.max(0, this.#now - seen.since) / 1000, 3) : null;
  }
}
