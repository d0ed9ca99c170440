import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FileError } from '../../errors.ts';
import { unusableFolder } from '../stateFolder.ts';
import { type Holder, readHolder, startTimeOf, thisProcess } from './holder.ts';
import { SILENCE_MS, standingOf } from './staleness.ts';

export interface StateLockOptions {
  /** Default: this process. */
  readonly self?: Holder;
  /** How often the lock shows that its holder lives, in ms. Default: 15,000. */
  readonly signEveryMs?: number;
  /** See {@link SILENCE_MS}. */
  readonly silenceMs?: number;
}

/** A lock that is held. */
export interface StateLock {
  /** When a run that did not end cleanly last showed that it lived, ms since 1970; null where the last one ended well. */
  readonly uncleanSince: number | null;
  /** Gives it back: the run ended cleanly. */
  readonly release: () => Promise<void>;
  /** Leaves it behind, as a process that is killed does. */
  readonly abandon: () => void;
}

/** A lock file as it was read. */
interface Seen {
  readonly text: string;
  readonly modifiedMs: number;
}

/** Locks that this process holds: to the kernel all of them have the same holder. */
const held = new Set<string>();

/**
 * Takes the lock of a state directory, so that one agent alone works with it.
 *
 * The file appears whole, by `link`. One that a process left behind is moved away under a name of its own and compared
 * before anything else is done. A holder in another container gets 60 s to show that it lives. Rejects with `FileError`
 * that names the holder.
 */
export async function takeStateLock(
  path: string,
  { self, signEveryMs = 15_000, silenceMs = SILENCE_MS }: StateLockOptions = {},
): Promise<StateLock> {
  const mine = self ?? (await thisProcess());
  const text = `${JSON.stringify(mine)}\n`;
  const temporary = `${path}.${randomUUID()}.tmp`;
  let uncleanSince: number | null = null;
  try {
    await publishable(temporary, text);
    while (!(await linked(temporary, path))) {
      const seen = await look(path);
      if (seen === null) continue;
      await mustBeStale(path, seen, mine, silenceMs);
      if (await movedAway(path, seen)) uncleanSince = seen.modifiedMs;
    }
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw unusableFolder(dirname(path), error);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
  held.add(path);
  const sign = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, signEveryMs).unref();
  const abandon = (): void => {
    clearInterval(sign);
    held.delete(path);
  };
  return {
    uncleanSince,
    abandon,
    release: async () => {
      abandon();
      // Somebody who took it over keeps it.
      if ((await look(path))?.text === text) await rm(path, { force: true });
    },
  };
}

async function publishable(temporary: string, text: string): Promise<void> {
  await mkdir(dirname(temporary), { recursive: true, mode: 0o700 });
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function linked(temporary: string, path: string): Promise<boolean> {
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function look(path: string): Promise<Seen | null> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    return { text, modifiedMs: mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function mustBeStale(
  path: string,
  seen: Seen,
  mine: Holder,
  silenceMs: number,
): Promise<void> {
  const holder = readHolder(seen.text);
  // It appeared whole: what cannot be read was damaged since, and nobody can say that it is theirs.
  if (holder === null) return;
  const ours = holder.pid === mine.pid && holder.startTime === mine.startTime;
  let standing = await standingOf(holder, mine, startTimeOf);
  if (standing === 'runs' && ours && !held.has(path)) standing = 'gone';
  if (standing === 'unseen') standing = (await showsLife(path, seen, silenceMs)) ? 'runs' : 'gone';
  if (standing === 'gone') return;
  throw new FileError(
    `${dirname(path)} is in use by another collector: process ${holder.pid} on ${holder.host}. Stop that one, or give this ` +
      'one a state_dir of its own',
  );
}

/** Whether the lock changes before it has been silent for so long. */
async function showsLife(path: string, seen: Seen, silenceMs: number): Promise<boolean> {
  while (Date.now() - seen.modifiedMs < silenceMs) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(1_000, silenceMs / 10)));
    const now = await look(path);
    if (now?.text !== seen.text || now.modifiedMs !== seen.modifiedMs) return now !== null;
  }
  return false;
}

/** Moves a stale lock away; false where another one stood there by then: that one is put back. */
async function movedAway(path: string, seen: Seen): Promise<boolean> {
  const away = `${path}.${randomUUID()}.stale`;
  try {
    await rename(path, away);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  const same = (await look(away))?.text === seen.text;
  if (!same) await linked(away, path);
  await rm(away, { force: true });
  return same;
}
