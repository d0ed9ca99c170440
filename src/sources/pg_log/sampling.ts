import { levelRank } from '../../postgres/logs/level.ts';
import type { LogHead } from '../../postgres/logs/logHead.ts';

/** More classes than there are. */
const remembered = 2000;
const warning = levelRank('WARNING');

/**
 * Chooses of each event the first message and then each of so many. Warnings and errors are always chosen.
 *
 * @returns Whether a message is chosen, given the distance of those that are.
 */
export function sampling(): (head: LogHead, every: number) => boolean {
  const seen = new Map<string, number>();
  return ({ level, event }, every) => {
    if (every === 1 || levelRank(level) >= warning) return true;
    const name = event ?? level;
    if (seen.size >= remembered) seen.clear();
    const before = seen.get(name) ?? 0;
    seen.set(name, (before + 1) % every);
    return before % every === 0;
  };
}
