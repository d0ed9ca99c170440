import { UnreachableError, type UnreachableReason } from '../../errors.ts';
import type { Happening } from './lifeEvents.ts';

/** Reasons that say that the server itself does not answer; others say that this role, or one more session, may not. */
const gone: ReadonlySet<UnreachableReason> = new Set([
  'refused',
  'timeout',
  'connect_stalled',
  'starting_up',
  'shutting_down',
  'in_recovery',
  'dns',
  'network',
  'lost',
]);

/**
 * Whether a server that answered before still does.
 *
 *     reading   ok---ok---#----#----#----ok       # = no connection
 *     result              gone           back
 */
export class Absence {
  #seen = false;
  #since: number | null = null;

  /** Takes an answer, at `now` ms. */
  answered(now: number): readonly Happening[] {
    const since = this.#since;
    this.#seen = true;
    this.#since = null;
    if (since === null) return [];
    const seconds = Math.max(0, Math.round((now - since) / 1000));
    return [
      { event: 'server_back', seconds, message: `the server answers again, after ${seconds} s` },
    ];
  }

  /** Takes a failure. One before the first answer is no event: `pg_health` tells of it. */
  failed(error: unknown, now: number): readonly Happening[] {
    if (!isGone(error) || !this.#seen || this.#since !== null) return [];
    this.#since = now;
    const { reason } = error;
    return [
      { event: 'server_gone', after: reason, message: `the server does not answer: ${reason}` },
    ];
  }
}

/** Whether an error says that the server does not answer. */
export const isGone = (error: unknown): error is UnreachableError =>
  error instanceof UnreachableError && gone.has(error.reason);
