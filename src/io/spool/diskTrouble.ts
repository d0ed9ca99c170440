import { messageOf } from '../../errors.ts';
import type { SpoolNews } from '../../ports/spool.ts';

/** What the disk refuses, as news: each failure, and the first success behind failures. */
export class DiskTrouble {
  readonly #folder: string;
  readonly #onNews: (news: SpoolNews) => void;
  #failing = false;

  constructor(folder: string, onNews: (news: SpoolNews) => void) {
    this.#folder = folder;
    this.#onNews = onNews;
  }

  /** It could not be read or written. Which file it was is left out: else each payload would be news. */
  failed(what: 'read' | 'written', error: unknown): void {
    this.#failing = true;
    const [why = ''] = messageOf(error).split(', ', 1);
    const message = `the spool ${this.#folder} cannot be ${what}: ${why}`;
    this.#onNews({ is: 'trouble', code: 'ERR_SPOOL', message });
  }

  works(): void {
    if (this.#failing) this.#onNews({ is: 'settled' });
    this.#failing = false;
  }
}
