import { messageOf } from '../../errors.ts';
import type { SpoolNews } from '../../ports.ts';

/** What the disk refuses, as news: each failure, and the first success behind failures. */
export class DiskTrouble {
  readonly #folder: string;
  readonly #onNews: (news: SpoolNews) => void;
  #failing = false;

  constructor(folder: string, onNews: (news: SpoolNews) => void) {
    this.#folder = folder;
    this.#onNews = onNews;
  }

  /** `what` could not be done to the spool: `written`, `changed`. */
  failed(what: string, error: unknown): void {
    this.#failing = true;
    const message = `the spool ${this.#folder} cannot be ${what}: ${messageOf(error)}`;
    this.#onNews({ is: 'trouble', code: 'ERR_SPOOL', message });
  }

  works(): void {
    if (this.#failing) this.#onNews({ is: 'settled' });
    this.#failing = false;
  }
}
