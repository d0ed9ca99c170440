import type { Holder } from './holder.ts';

/** Without a sign of life for so long, a process of another namespace counts as gone, in ms. */
export const SILENCE_MS = 60_000;

/** Whether the holder of a lock still runs; `unseen`: it is of a namespace that cannot be seen from here. */
export type Standing = 'runs' | 'gone' | 'unseen';

/**
 * Judges the holder of a lock. `startTimeOf` asks this namespace's processes, null where there is none.
 *
 * After a boot nothing of before runs. In the same namespace a process is the holder only if it began when the holder did:
 * ids are used again.
 */
export async function standingOf(
  holder: Holder,
  self: Holder,
  startTimeOf: (pid: number) => Promise<string | null>,
): Promise<Standing> {
  if (holder.bootId !== self.bootId) return 'gone';
  if (holder.pidNamespace !== self.pidNamespace) return 'unseen';
  return (await startTimeOf(holder.pid)) === holder.startTime ? 'runs' : 'gone';
}
