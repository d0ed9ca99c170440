import type { Static } from '@sinclair/typebox';
import type { FileSystemSpace } from '../../ports/host.ts';
import {
  type Int64,
  flag,
  int64,
  integer,
  nullable,
  number,
  list,
  optional,
  record,
  text,
} from '../../schema/fields.ts';
import { rounded } from '../rounded.ts';
import { Hold } from './hold.ts';
import { isLow } from './isLow.ts';
import type { Mount } from './mountinfo.ts';
import { isRemote } from './realMounts.ts';

/** `disk_usage.filesystems[]`: statfs(2). 1 GB is 2^30 bytes. */
export const FileSystem = record({
  mount: text('where it is mounted'),
  device: text('the block device or the share; a password in an address is masked'),
  fstype: text('e.g. ext4, xfs, nfs4'),
  total_gb: number('size'),
  used_gb: number('in use'),
  free_gb: number('available to ordinary users'),
  percent_used: nullable(number('used / (used + available), as df says it')),
  total_bytes: int64('total_gb, exactly'),
  used_bytes: int64('used_gb, exactly'),
  free_bytes: int64('free_gb, exactly'),
  inodes_total: nullable(integer('inodes; null where the file system makes them as needed')),
  inodes_used: nullable(integer('inodes in use')),
  inodes_free: nullable(integer('inodes not in use')),
  inodes_percent_used: nullable(number('share of the inodes in use')),
  read_only: flag('mounted read-only, or made so by the kernel after an error'),
  became_read_only: flag('read-only, and was not earlier in this run of the collector'),
  low: flag(
    'less than 5 % is available to ordinary users; stays until it is 6 % again. Never of what was always read-only',
  ),
  remote: flag('behind a network or in user space'),
  holds: list(
    Hold,
    'what of the servers that are monitored on this host lies there; none of a server that is not among `servers`',
  ),
  holds_total: optional(
    integer('how many these are; only where they are more than 100, which are listed'),
  ),
});

const GB = 2 ** 30;

/** Entries of `holds`. */
const MAX_HOLDS = 100;

/** One file system's space; null where it has none, as pseudo file systems do. */
export function fileSystem(
  mount: Mount,
  space: FileSystemSpace,
  holds: readonly Hold[] = [],
): Static<typeof FileSystem> | null {
  const { blockSize, blocks, blocksFree, blocksAvailable: free, files, filesFree } = space;
  if (blocks <= 0) return null;
  const used = Math.max(0, blocks - blocksFree);
  const gb = (count: number): number => rounded((count * blockSize) / GB, 3);
  const hasInodes = files > 0 && Number.isSafeInteger(files) && Number.isSafeInteger(filesFree);
  const inodesUsed = Math.max(0, files - filesFree);
  return {
    mount: mount.mount,
    device: mount.device.replace(/\/\/[^/@]*:[^/@]*@/, '//***@'),
    fstype: mount.fstype,
    total_gb: gb(blocks),
    used_gb: gb(used),
    free_gb: gb(free),
    percent_used: percent(used, used + free),
    total_bytes: product(blocks, blockSize),
    used_bytes: product(used, blockSize),
    free_bytes: product(free, blockSize),
    inodes_total: hasInodes ? files : null,
    inodes_used: hasInodes ? inodesUsed : null,
    inodes_free: hasInodes ? filesFree : null,
    inodes_percent_used: hasInodes ? percent(inodesUsed, files) : null,
    read_only: mount.readOnly,
    became_read_only: mount.readOnly && mount.wasWritable === true,
    low: isLow(mount, used, free),
    remote: isRemote(mount.fstype),
    holds: holds.slice(0, MAX_HOLDS),
    ...(holds.length > MAX_HOLDS && { holds_total: holds.length }),
  };
}

const percent = (part: number, whole: number): number | null =>
  whole > 0 ? rounded((100 * part) / whole) : null;

/** Exactly, beyond 8 PiB too. */
function product(blocks: number, blockSize: number): Int64 {
  const bytes = blocks * blockSize;
  return Number.isSafeInteger(bytes) ? bytes : (BigInt(blocks) * BigInt(blockSize)).toString();
}
