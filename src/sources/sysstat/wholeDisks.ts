import type { DiskCounters } from './diskstats.ts';

/**
 * Leaves out partitions of a listed disk (`sda1` beside `sda`, `nvme0n1p2` beside `nvme0n1`), the hidden paths of NVMe
 * multipath devices (`nvme0c1n1`), and devices that never did any I/O, such as empty `nbd` slots.
 *
 * A partition without its disk, as some clouds show it, stays. So do `dm-0` and `md0`: they stand beside the disks that
 * they are made of, so sums over all devices count some I/O twice.
 */
export function wholeDisks(disks: readonly DiskCounters[]): readonly DiskCounters[] {
  const names = new Set(disks.map(({ device }) => device));
  return disks.filter(
    ({ device, readOps, writeOps }) =>
      !(readOps === 0 && writeOps === 0) &&
      !/^nvme\d+c\d+n\d+$/.test(device) &&
      !names.has(diskOf(device) ?? ''),
  );
}

/** The disk that a partition of this name would belong to: the name without its number, and without `p` after a digit. */
function diskOf(device: string): string | undefined {
  const [, disk] = /^(.*\d)p\d+$/.exec(device) ?? /^(.*\D)\d+$/.exec(device) ?? [];
  return disk;
}
