import type { DiskTrouble } from './diskTrouble.ts';

/** What the disk refused to remove or to move: made up for later, in order. */
export class Debts {
  readonly #trouble: DiskTrouble;
  readonly #owed: (() => Promise<unknown>)[] = [];

  constructor(trouble: DiskTrouble) {
    this.#trouble = trouble;
  }

  get paid(): boolean {
    return this.#owed.length === 0;
  }

  /** Does it now, or with the next one. A file that is not there any more needs nothing. */
  async owe(work: () => Promise<unknown>): Promise<void> {
    this.#owed.push(work);
    await this.pay();
  }

  /** Tries all again, up to the first that still fails. */
  async pay(): Promise<void> {
    for (let work = this.#owed[0]; work; work = this.#owed[0]) {
      try {
        await work();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
          this.#trouble.failed('written', error);
          return;
        }
      }
      this.#owed.shift();
    }
  }
}
