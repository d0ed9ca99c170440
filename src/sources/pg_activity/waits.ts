import type { Session } from './session.ts';

/** Sessions that were seen doing the same, over the samples of a window. */
export interface WaitGroup {
  /** One of them, with a text where one was read. */
  example: Session;
  /** The text of the example; null where it was not read. */
  query: string | null;
  /** Sessions summed over all samples. */
  samples: number;
  /** The most in one sample. */
  most: number;
  /** In the sample that is being added. */
  now: number;
}

/** Groups that are told apart in one window; those of further ones count in `total` alone. */
const MAX_GROUPS = 2_000;

/**
 * What sessions did and waited for, sampled: a history of active sessions over one window.
 *
 *     samples   1   2   3            a: two sessions wait for a lock
 *     a         2   2   2            → samples 6, most 2
 *     b         0   1   0            → samples 1, most 1
 */
export class Waits {
  readonly #groups = new Map<string, WaitGroup>();
  #count = 0;
  #active = 0;
  #total = 0;

  /** Samples so far. */
  get count(): number {
    return this.#count;
  }

  /** Sessions in state `active`, summed over the samples. */
  get active(): number {
    return this.#active;
  }

  /** Sessions of every kind, summed over the samples. */
  get total(): number {
    return this.#total;
  }

  /**
   * Adds one sample. The agent's own sessions are to be left out by the caller, as what idles is.
   *
   * @param queryOf - The text that a session runs, as far as it is known.
   */
  add(sessions: readonly Session[], queryOf: (session: Session) => string | null): void {
    this.#count += 1;
    for (const group of this.#groups.values()) group.now = 0;
    this.#total += sessions.length;
    for (const session of sessions) {
      if (session.state === 'active' || session.state === 'fastpath function call') {
        this.#active += 1;
      }
      const key = `${session.backendType ?? ''}|${session.datid ?? ''}|${session.usesysid ?? ''}|${session.state ?? ''}|${session.waitType ?? ''}|${session.waitEvent ?? ''}|${session.queryId ?? ''}`;
      const group = this.#groups.get(key);
      if (group) this.#again(group, session, queryOf);
      else if (this.#groups.size < MAX_GROUPS) {
        const query = queryOf(session);
        this.#groups.set(key, { example: session, query, samples: 1, most: 1, now: 1 });
      }
    }
  }

  /** The groups that were seen most, and how many there are. */
  top(limit: number): { readonly chosen: readonly WaitGroup[]; readonly total: number } {
    const all = [...this.#groups.values()].sort((a, b) => b.samples - a.samples);
    return { chosen: all.slice(0, limit), total: all.length };
  }

  /** The examples of those: their sessions may be gone by now. */
  examples(limit: number): readonly Session[] {
    return this.top(limit).chosen.map(({ example }) => example);
  }

  #again(group: WaitGroup, session: Session, queryOf: (session: Session) => string | null): void {
    group.samples += 1;
    group.now += 1;
    if (group.now > group.most) group.most = group.now;
    // A text that is known is a better example than none.
    if (group.query === null) {
      group.query = queryOf(session);
      if (group.query !== null) group.example = session;
    }
  }
}
