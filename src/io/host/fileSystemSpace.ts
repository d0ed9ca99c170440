import type { BigIntStatsFs } from 'node:fs';
import type { FileSystemSpace } from '../../ports/host.ts';

/**
 * What statfs(2) says, as the port's numbers. Counts of blocks fit a double; their bytes may not.
 *
 * Node gives `f_bsize` alone. File systems that count in another unit (`f_frsize`) are rare; a runtime that tells it is
 * believed.
 */
export const fileSystemSpace = (
  stats: Pick<BigIntStatsFs, 'bsize' | 'blocks' | 'bfree' | 'bavail' | 'files' | 'ffree'> & {
    readonly frsize?: bigint;
  },
): FileSystemSpace => ({
  blockSize: Number(stats.frsize ?? stats.bsize),
  blocks: Number(stats.blocks),
  blocksFree: Number(stats.bfree),
  blocksAvailable: Number(stats.bavail),
  files: Number(stats.files),
  filesFree: Number(stats.ffree),
});
