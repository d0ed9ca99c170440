import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Observable } from 'rxjs';
import { FileError } from '../errors.ts';
import type { Identity, IdentityStore } from '../ports.ts';
import { replaceFile } from './replaceFile.ts';

/**
 * What registration gave, kept in `<state_dir>/identity.json` (0600, replaced atomically).
 *
 * Errors: `FileError`. A damaged file is one too: overwriting it would make a new collector at the backend.
 */
export function identityStore(stateDir: string): IdentityStore {
  const path = join(stateDir, 'identity.json');
  const store: IdentityStore = {
    load: () => once(() => load(path)),
    save: (identity) => once(() => save(identity, path, stateDir)),
  };
  return store;
}

async function save(identity: Identity, path: string, stateDir: string): Promise<void> {
  try {
    await replaceFile(path, `${JSON.stringify(identity, null, 2)}\n`);
  } catch (error) {
    throw new FileError(
      `cannot write ${path}: ${codeOrName(error)}; the folder must belong to the user that runs the collector: ` +
        `chown <user> ${stateDir}`,
    );
  }
}

async function load(path: string): Promise<Identity | null> {
  let text: string;
  try {
    text = await readRegular(path);
  } catch (error) {
    if (error instanceof FileError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new FileError(`cannot read ${path}: ${codeOrName(error)}`);
  }
  const identity = parse(text);
  if (identity === null) {
    throw new FileError(
      `${path} is damaged; restore it from a backup, or remove it to register this host as a new collector`,
    );
  }
  return identity;
}

/** Opening without blocking: a FIFO in the file's place would hold a thread, and the end of the process with it. */
async function readRegular(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if ((await file.stat()).isFile()) return await file.readFile('utf8');
    throw new FileError(`cannot read ${path}: it is not a regular file; remove it`);
  } finally {
    await file.close();
  }
}

/** The identity, or null where the text is none. Its content is never part of an error: it holds a private key. */
function parse(text: string): Identity | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { collectorId, token, tokenArrivedAt, expiresAt, certificate, privateKey } =
    value as Partial<Record<keyof Identity, unknown>>;
  if (typeof collectorId !== 'string' || typeof token !== 'string') return null;
  if (typeof tokenArrivedAt !== 'number') return null;
  return {
    collectorId,
    token,
    tokenArrivedAt,
    expiresAt: textOrNull(expiresAt),
    certificate: textOrNull(certificate),
    privateKey: textOrNull(privateKey),
  };
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const codeOrName = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? (error as Error).name;

/** A promise as a stream that starts at subscription. A write goes on after unsubscribing: half a write helps nobody. */
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
