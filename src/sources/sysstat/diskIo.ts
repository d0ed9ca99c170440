import type { Static } from '@sinclair/typebox';
import {
  type Int64,
  cumulative,
  int64,
  nullable,
  number,
  record,
  text,
} from '../../schema/fields.ts';
import { rounded } from '../rounded.ts';
import type { DiskCounters } from './diskstats.ts';
import { increase } from './increase.ts';

const derived = (description: string) => nullable(number(`${description}, since the last sample`));

/** `sysstat.disk_io[]`: /proc/diskstats. */
export const DiskIo = record({
  device: text('the kernel’s name, e.g. sda, nvme0n1, dm-0'),
  read_ops: cumulative(int64('reads completed')),
  write_ops: cumulative(int64('writes completed')),
  read_sectors: cumulative(int64('sectors of 512 bytes read')),
  write_sectors: cumulative(int64('sectors of 512 bytes written')),
  read_ms: cumulative(int64('time of all reads; starts again at 0 after 2^32 ms')),
  write_ms: cumulative(int64('time of all writes; starts again at 0 after 2^32 ms')),
  busy_ms: cumulative(
    int64('time with at least one request in flight; starts again at 0 after 2^32 ms'),
  ),
  in_flight: int64('requests in flight now'),
  flush_ops: nullable(cumulative(int64('flushes completed (Linux 5.5)'))),
  flush_ms: nullable(cumulative(int64('time of all flushes (Linux 5.5)'))),
  read_iops: derived('reads per second'),
  write_iops: derived('writes per second'),
  read_mb_s: derived('2^20 bytes read per second'),
  write_mb_s: derived('2^20 bytes written per second'),
  util_percent: derived('share of time with at least one request in flight'),
  await_ms: derived('mean time of a read or write; null without any'),
});

const MB_PER_SECTOR = 512 / 1_048_576;

/**
 * One device's counters, and what they say of the time since the last reading. Without an earlier reading of the same
 * device, after a reset, or where no time passed, what is derived is null.
 */
export function diskIo(
  before: DiskCounters | undefined,
  now: DiskCounters,
  seconds: number | null,
): Static<typeof DiskIo> {
  const earlier = before?.number === now.number ? before : undefined;
  const reads = increase(earlier?.readOps, now.readOps);
  const writes = increase(earlier?.writeOps, now.writeOps);
  const read = increase(earlier?.readSectors, now.readSectors);
  const written = increase(earlier?.writeSectors, now.writeSectors);
  const isSame = reads !== null && writes !== null && read !== null && written !== null;
  const since = isSame && seconds !== null && seconds > 0 ? seconds : null;
  const perSecond = (amount: number | null, decimals = 2): number | null =>
    since === null || amount === null ? null : rounded(amount / since, decimals);
  const busyMs = elapsed(earlier?.busyMs, now.busyMs);
  const readMs = elapsed(earlier?.readMs, now.readMs);
  const writeMs = elapsed(earlier?.writeMs, now.writeMs);
  return {
    device: now.device,
    read_ops: now.readOps,
    write_ops: now.writeOps,
    read_sectors: now.readSectors,
    write_sectors: now.writeSectors,
    read_ms: now.readMs,
    write_ms: now.writeMs,
    busy_ms: now.busyMs,
    in_flight: now.inFlight,
    flush_ops: now.flushOps,
    flush_ms: now.flushMs,
    read_iops: perSecond(reads),
    write_iops: perSecond(writes),
    read_mb_s: perSecond(read === null ? null : read * MB_PER_SECTOR, 3),
    write_mb_s: perSecond(written === null ? null : written * MB_PER_SECTOR, 3),
    util_percent:
      since === null || busyMs === null ? null : rounded(Math.min(100, busyMs / (10 * since))),
    await_ms:
      since === null ||
      reads === null ||
      writes === null ||
      readMs === null ||
      writeMs === null ||
      reads + writes === 0
        ? null
        : rounded((readMs + writeMs) / (reads + writes), 3),
  };
}

/**
 * Milliseconds between two values of a counter of 32 bits; null where it went back by less than a wrap would: such a
 * number would be invented. A reset is told by the other counters.
 */
function elapsed(before: Int64 | undefined, now: Int64): number | null {
  if (before === undefined) return null;
  const ms = Number(now) - Number(before);
  if (ms >= 0) return ms;
  return ms + 2 ** 32 < 2 ** 31 ? ms + 2 ** 32 : null;
}
