import { readFile, stat } from 'node:fs/promises';
import { type Holder, readHolder, startTimeOf, thisProcess } from './holder.ts';
import { SILENCE_MS, standingOf } from './staleness.ts';

/** The process that works in a state directory, by its lock; null where none does. Takes nothing, and never rejects. */
export async function lockHolder(path: string): Promise<Pick<Holder, 'pid' | 'host'> | null> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    const holder = readHolder(text);
    if (!holder) return null;
    const standing = await standingOf(holder, await thisProcess(), startTimeOf);
    const runs =
      standing === 'runs' || (standing === 'unseen' && Date.now() - mtimeMs < SILENCE_MS);
    return runs ? { pid: holder.pid, host: holder.host } : null;
  } catch {
    return null;
  }
}
