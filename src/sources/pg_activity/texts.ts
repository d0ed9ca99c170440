import type { Session } from './session.ts';

/** How a statement of a collector is marked. */
const MARK = '/* pganalytics:';
/** Characters of all texts that are kept between two samples. */
const MAX_CHARS = 1_048_576;

/**
 * The texts that backends run, by pid: a sample brings only those that changed. What is gone is forgotten with each
 * sample; of more than 1 MiB the rest is not kept, and comes with the next full read.
 */
export class RunningTexts {
  #texts = new Map<number, string>();

  /** Takes the texts of a sample, and forgets those of backends that are not in it. */
  update(sessions: readonly Session[]): void {
    const before = this.#texts;
    this.#texts = new Map();
    let chars = 0;
    for (const { pid, query } of sessions) {
      if (pid === null) continue;
      const text = query ?? before.get(pid);
      if (text === undefined || (chars += text.length) > MAX_CHARS) continue;
      this.#texts.set(pid, text);
    }
  }

  /** The text that a session runs; null where it is not known. */
  of({ pid }: Session): string | null {
    return (pid === null ? undefined : this.#texts.get(pid)) ?? null;
  }

  /** Whether a session belongs to a collector: its own connection, or a statement that it marked. */
  isOurs(session: Session): boolean {
    return session.own || (this.of(session)?.slice(0, 60).includes(MARK) ?? false);
  }
}
