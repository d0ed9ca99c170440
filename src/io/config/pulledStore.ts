import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Observable } from 'rxjs';
import { FileError, messageOf } from '../../errors.ts';
import type { PulledStore, PulledText } from '../../ports/configFile.ts';
import { replaceFile } from '../replaceFile.ts';

/**
 * Keeps the last good pulled configuration in `<state_dir>/pulled.json` (0600, replaced atomically). A damaged file
 * counts as none: the next pull replaces it.
 */
export function pulledStore(stateDir: string): PulledStore {
  const path = join(stateDir, 'pulled.json');
  const store: PulledStore = {
    load: () => once(() => load(path)),
    save: (pulled) => once(() => save(path, pulled)),
  };
  return store;
}

async function load(path: string): Promise<PulledText | null> {
  try {
    return pulledText(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (error instanceof SyntaxError || codeOf(error) === 'ENOENT') return null;
    throw new FileError(`cannot read ${path}: ${codeOf(error) ?? messageOf(error)}`);
  }
}

async function save(path: string, pulled: PulledText | null): Promise<void> {
  try {
    if (pulled === null) await rm(path, { force: true });
    else await replaceFile(path, `${JSON.stringify(pulled)}\n`);
  } catch (error) {
    throw new FileError(
      `cannot write ${path}: ${codeOf(error) ?? messageOf(error)}; the folder must belong to the user that runs ` +
        'the collector',
    );
  }
}

function pulledText(value: unknown): PulledText | null {
  if (typeof value !== 'object' || value === null) return null;
  const { text, version } = value as Partial<Record<keyof PulledText, unknown>>;
  if (typeof text !== 'string') return null;
  return { text, version: typeof version === 'number' ? version : null };
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** A promise as a stream that starts at subscription. What was begun goes on after unsubscribing. */
function once<T>(start: () => Promise<T>): Observable<T> {
  return new Observable((subscriber) => {
    start().then(
      (value) => {
        subscriber.next(value);
        subscriber.complete();
      },
      (error: unknown) => subscriber.error(error),
    );
  });
}
