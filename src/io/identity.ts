import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Observable } from 'rxjs';
import { FileError } from '../errors.ts';
import type { Identity, IdentityStore } from '../ports/identity.ts';
import { machineId } from './machineId.ts';
import { replaceFile } from './replaceFile.ts';

/**
 * What registration gave, kept in `<state_dir>/identity.json` (0600, replaced atomically), with the machine that it was
 * given to.
 *
 * Errors: `FileError`, also where other users can read the file. A damaged file is one too: overwriting it would make a new
 * collector at the backend.
 *
 * @param machine this machine, or null where it cannot be told from others; default: as the system says
 */
export function identityStore(
  stateDir: string,
  machine: () => Promise<string | null> = machineId,
): IdentityStore {
  const path = join(stateDir, 'identity.json');
  const store: IdentityStore = {
    load: () => once(async () => load(path, await machine())),
    save: (identity) => once(async () => save(identity, path, stateDir, await machine())),
  };
  return store;
}

/** Of an identity that is another machine's and is stored once more: it stays that. */
const ANOTHER = 'another';

async function save(
  { foreign, ...identity }: Identity,
  path: string,
  stateDir: string,
  machine: string | null,
): Promise<void> {
  try {
    await replaceFile(
      path,
      `${JSON.stringify({ ...identity, machine: foreign ? ANOTHER : machine }, null, 2)}\n`,
    );
  } catch (error) {
    throw new FileError(
      `cannot write ${path}: ${codeOrName(error)}; the folder must belong to the user that runs the collector: ` +
        `chown <user> ${stateDir}`,
    );
  }
}

async function load(path: string, machine: string | null): Promise<Identity | null> {
  let text: string;
  try {
    text = await readRegular(path);
  } catch (error) {
    if (error instanceof FileError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new FileError(`cannot read ${path}: ${codeOrName(error)}`);
  }
  const identity = parse(text, machine);
  if (identity === null) {
    throw new FileError(
      `${path} is damaged; restore it from a backup, or remove it to register this host as a new collector`,
    );
  }
  return identity;
}

const exposed = (path: string): string =>
  `other users can read ${path}, and it holds a private key: chmod 600 ${path}; where they may have done so, also: ` +
  'pganalytics-collector register --force';

/** Opening without blocking: a FIFO in the file's place would hold a thread, and the end of the process with it. */
async function readRegular(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile())
      throw new FileError(`cannot read ${path}: it is not a regular file; remove it`);
    if ((stats.mode & 0o007) !== 0) throw new FileError(exposed(path));
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** The identity, or null where the text is none. Its content is never part of an error: it holds a private key. */
function parse(text: string, machine: string | null): Identity | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const fields = value as Partial<Record<keyof Identity | 'machine', unknown>>;
  const { collectorId, token, tokenArrivedAt, registeredAt } = fields;
  if (typeof collectorId !== 'string' || typeof token !== 'string') return null;
  if (typeof tokenArrivedAt !== 'number') return null;
  const storedBy = textOrNull(fields.machine);
  const isForeign =
    storedBy === ANOTHER || (storedBy !== null && machine !== null && storedBy !== machine);
  return {
    collectorId,
    token,
    tokenArrivedAt,
    expiresAt: textOrNull(fields.expiresAt),
    certificate: textOrNull(fields.certificate),
    privateKey: textOrNull(fields.privateKey),
    ...(typeof registeredAt === 'number' && { registeredAt }),
    renewedAt: listOf(fields.renewedAt, (each) => typeof each === 'number'),
    formerIds: listOf(fields.formerIds, (each) => typeof each === 'string'),
    ...(isForeign && { foreign: true }),
  };
}

const listOf = <T>(value: unknown, is: (each: unknown) => each is T): T[] =>
  Array.isArray(value) ? value.filter(is) : [];

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
