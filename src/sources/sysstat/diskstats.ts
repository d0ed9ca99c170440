import type { Int64 } from '../../schema/fields.ts';
import { counter } from './counter.ts';

/** One block device since boot, or since it appeared. Sectors are 512 bytes, whatever the device says. */
export interface DiskCounters {
  readonly device: string;
  /** `major:minor` */
  readonly number: string;
  readonly readOps: Int64;
  readonly writeOps: Int64;
  readonly readSectors: Int64;
  readonly writeSectors: Int64;
  /** The kernel counts the milliseconds in 32 bits: they start again at 0 after 49.7 days of I/O time. */
  readonly readMs: Int64;
  readonly writeMs: Int64;
  /** Time with at least one request in flight. */
  readonly busyMs: Int64;
  readonly inFlight: Int64;
  /** From Linux 5.5 on. */
  readonly flushOps: Int64 | null;
  readonly flushMs: Int64 | null;
}

/**
 * Reads /proc/diskstats (Documentation/admin-guide/iostats.rst): 11 columns after the name, 15 from Linux 4.18 on, 17
 * from 5.5 on. Shorter lines (partitions of old kernels) are left out.
 */
export function diskstats(text: string): readonly DiskCounters[] {
  return text.split('\n').flatMap((line) => {
    const [major = '', minor = '', device = '', ...columns] = line.trim().split(/\s+/);
    const at = (column: number): Int64 | null => counter(columns[column]);
    const known = [0, 2, 3, 4, 6, 7, 8, 9].map(at);
    if (!known.every((value) => value !== null)) return [];
    const [readOps, readSectors, readMs, writeOps, writeSectors, writeMs, inFlight, busyMs] =
      known as [Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64];
    return [
      {
        device,
        number: `${major}:${minor}`,
        readOps,
        writeOps,
        readSectors,
        writeSectors,
        readMs,
        writeMs,
        busyMs,
        inFlight,
        flushOps: at(15),
        flushMs: at(16),
      },
    ];
  });
}
