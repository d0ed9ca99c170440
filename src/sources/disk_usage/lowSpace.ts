import type { Static } from '@sinclair/typebox';
import type { Mount } from './mountinfo.ts';
import type { FileSystem } from './fileSystem.ts';
import type { Found } from './spaces.ts';

/** Less than this share available to ordinary users is too little: PostgreSQL panics where its WAL finds no room. */
const LOW = 0.05;
/** It stays too little until this share is available again, so that a disk at the brink is told of once. */
const ENOUGH = 0.06;

/** The share is of what ordinary users may have, as df counts it. What was always read-only needs no room. */
export const isLow = (
  { readOnly, wasWritable, wasLow }: Mount,
  used: number,
  free: number,
): boolean =>
  used + free > 0 &&
  (!readOnly || wasWritable === true) &&
  free / (used + free) < (wasLow === true ? ENOUGH : LOW);

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
