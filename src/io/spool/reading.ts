import { FileError, messageOf } from '../../errors.ts';
import type { Header, Payload } from '../../schema/payload.ts';
import type { Clock } from './clock.ts';
import type { DiskTrouble } from './diskTrouble.ts';
import type { Entry } from './entry.ts';
import type { PayloadFiles } from './payloadFiles.ts';

export interface ReadingOptions {
  readonly files: PayloadFiles;
  readonly trouble: DiskTrouble;
  readonly clock: Clock;
  /** Whether nobody waits for it any more. */
  readonly ended: () => boolean;
}

/** A place of the disk that cannot be read is tried so often, then it counts as damaged. */
const MAX_TRIES = 3;
const WAIT_MS = { first: 100, most: 5_000 };

/**
 * Reads payloads that wait. What damages one payload (its text, `EIO`, its file is gone) costs that payload; what would hit
 * all of them (too many open files, no right any more) is waited for.
 */
export class Reading {
  readonly #options: ReadingOptions;
  /** What was appended last: mostly it is what is sent next. */
  hot: Payload | null = null;

  constructor(options: ReadingOptions) {
    this.#options = options;
  }

  /** Null where it is damaged. */
  async header(entry: Entry): Promise<Header | null> {
    if (this.hot?.header.id === entry.id) return this.hot.header;
    try {
      const found = await this.#patiently(() => this.#options.files.header(entry));
      return found && flagged(found.header, entry);
    } catch {
      return null;
    }
  }

  /** Rejects with `FileError` where it is damaged. */
  async payload(entry: Entry): Promise<Payload> {
    if (this.hot?.header.id === entry.id) return this.hot;
    try {
      const payload = await this.#patiently(() => this.#options.files.payload(entry));
      return { ...payload, header: flagged(payload.header, entry) };
    } catch (error) {
      throw error instanceof FileError ? error : new FileError(messageOf(error));
    }
  }

  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    const { trouble, clock, ended } = this.#options;
    for (let tries = 1, waitMs = WAIT_MS.first; ; tries++) {
      try {
        return await work();
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (error instanceof FileError || code === 'ENOENT' || ended()) throw error;
        trouble.failed('read', error);
        if (code === 'EIO' && tries >= MAX_TRIES) throw error;
      }
      await clock.sleep(waitMs);
      waitMs = Math.min(waitMs * 2, WAIT_MS.most);
    }
  }
}

/** The header with what only this process knows. */
const flagged = (header: Header, { attempted, suspect }: Entry): Header => ({
  ...header,
  ...(attempted && { attempted }),
  ...(suspect && { suspect }),
});
