import type { Static } from '@sinclair/typebox';
import type { Mount } from './mountinfo.ts';
import type { FileSystem } from './fileSystem.ts';
import type { Found } from './spaces.ts';

/**
 * Remembers which file systems have too little space.
 *
 *     available   7 %   4 %   5.5 %   4 %   6 %   4 %
 *     low         no    yes   yes     yes   no    yes
 *     became            !                         !
 */
export class LowSpace {
  #mounts: ReadonlySet<string> = new Set();

  /** The mount, and whether it was low at the reading before. */
  remembered(mount: Mount): Mount {
    return this.#mounts.has(mount.mount) ? { ...mount, wasLow: true } : mount;
  }

  /** Whether a file system became low. One that did not answer is what it was, one that is gone is forgotten. */
  became(found: readonly Found[]): boolean {
    const before = this.#mounts;
    const low = found.filter((each) => each !== null && 'low' in each).filter(({ low }) => low);
    const silent = found.filter((each) => each !== null && 'reason' in each);
    this.#mounts = new Set(
      [...low, ...silent.filter(({ mount }) => before.has(mount))].map(({ mount }) => mount),
    );
    return low.some(({ mount }: Static<typeof FileSystem>) => !before.has(mount));
  }
}
