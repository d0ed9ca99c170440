import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diskIo } from '../../../src/sources/sysstat/diskIo.ts';
import { type DiskCounters, diskstats } from '../../../src/sources/sysstat/diskstats.ts';
import { wholeDisks } from '../../../src/sources/sysstat/wholeDisks.ts';

const linux6 = `   8       0 sda 37028 7371 2697210 13957 6845 23969 1267792 4539 0 5088 18741 3702 19 148256 235 238 9
   8       1 sda1 1 0 8 0 0 0 0 0 0 0 0 0 0 0 0 0 0
`;
const linux418 = ' 259 0 nvme0n1 10 0 80 5 20 0 160 9 1 12 14 3 0 24 1\n';
/** Until 2.6.25, partitions had four columns. */
const linux26 = `   3    0 hda 446216 784926 9550688 4382310 424847 312726 5922052 19310380 0 3376340 23705160
   3    1 hda1 35486 38030 38030 38030
`;

const names = (text: string): string[] => wholeDisks(diskstats(text)).map(({ device }) => device);
const linesOf = (...devices: string[]): string =>
  devices.map((device, index) => `8 ${index} ${device} 1 0 8 1 1 0 8 1 0 1 1`).join('\n');

const disk: DiskCounters = {
  device: 'sda',
  number: '8:0',
  readOps: 1000,
  writeOps: 2000,
  readSectors: 80_000,
  writeSectors: 160_000,
  readMs: 500,
  writeMs: 900,
  busyMs: 700,
  inFlight: 0,
  flushOps: 10,
  flushMs: 20,
};
const derived = {
  read_iops: null,
  write_iops: null,
  read_mb_s: null,
  write_mb_s: null,
  util_percent: null,
  await_ms: null,
};

describe('diskstats', () => {
  it('reads the columns of a present kernel', () => {
    expect(diskstats(linux6)[0]).toStrictEqual({
      device: 'sda',
      number: '8:0',
      readOps: 37028,
      readSectors: 2697210,
      readMs: 13957,
      writeOps: 6845,
      writeSectors: 1267792,
      writeMs: 4539,
      inFlight: 0,
      busyMs: 5088,
      flushOps: 238,
      flushMs: 9,
    });
  });

  it('has no flushes on a kernel that does not count them', () => {
    expect(diskstats(linux418)[0]).toMatchObject({ device: 'nvme0n1', flushOps: null });
  });

  it('leaves out the short lines of old kernels', () => {
    expect(diskstats(linux26).map(({ device }) => device)).toStrictEqual(['hda']);
  });

  it('keeps counters beyond 2^53 exactly', () => {
    const [read] = diskstats('8 0 sda 1 0 9007199254740993 0 1 0 1 0 0 0 0');
    expect(read?.readSectors).toBe('9007199254740993');
  });

  it('reads any text without throwing', () => {
    fc.assert(fc.property(fc.string(), (text) => void diskstats(text)));
  });
});

describe('wholeDisks', () => {
  it('leaves out the partitions of a listed disk', () => {
    expect(
      names(linesOf('sda', 'sda1', 'sda15', 'nvme0n1', 'nvme0n1p1', 'md0', 'md0p1', 'mmcblk0p2')),
    ).toStrictEqual(['sda', 'nvme0n1', 'md0', 'mmcblk0p2']);
  });

  it('keeps devices whose names end in a number, and a partition without its disk', () => {
    const all = ['dm-1', 'dm-10', 'md1', 'md12', 'nvme1n1', 'nvme1n11', 'xvda1', 'cciss/c0d0'];
    expect(names(linesOf(...all))).toStrictEqual(all);
  });

  it('leaves out hidden paths and devices that never did I/O', () => {
    expect(
      names(`${linesOf('nvme0n1', 'nvme0c0n1')}\n43 0 nbd0 0 0 0 0 0 0 0 0 0 0 0`),
    ).toStrictEqual(['nvme0n1']);
  });

  it('lists every device at most once, and none but those given', () => {
    const device = fc.stringMatching(/^(sd[a-c]|nvme[01]n1|md\d|dm-\d)(p?\d)?$/);
    fc.assert(
      fc.property(fc.uniqueArray(device, { minLength: 1 }), (devices) => {
        const left = names(linesOf(...devices));
        expect(devices).toEqual(expect.arrayContaining(left));
        expect(left.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('diskIo', () => {
  it('derives rates from the interval', () => {
    const now = {
      ...disk,
      readOps: 1100,
      writeOps: 2100,
      readSectors: 80_000 + 40_960,
      writeSectors: 160_000 + 20_480,
      readMs: 600,
      writeMs: 1200,
      busyMs: 5700,
    };
    expect(diskIo(disk, now, 10)).toMatchObject({
      read_ops: 1100,
      write_sectors: 180_480,
      read_iops: 10,
      write_iops: 10,
      read_mb_s: 2,
      write_mb_s: 1,
      util_percent: 50,
      await_ms: 2,
    });
  });

  it.each([
    ['a device that appears', undefined, disk, 10],
    ['a reset', { ...disk, readOps: 5000 }, disk, 10],
    ['another device of the same name', { ...disk, number: '8:16', readOps: 1 }, disk, 10],
    ['no time passed', disk, disk, null],
  ])('derives nothing from %s', (_, before, now, seconds) => {
    expect(diskIo(before, now, seconds)).toMatchObject(derived);
  });

  it('derives zero from a device at rest, but no mean time', () => {
    expect(diskIo(disk, disk, 10)).toMatchObject({
      ...derived,
      read_iops: 0,
      write_iops: 0,
      read_mb_s: 0,
      write_mb_s: 0,
      util_percent: 0,
    });
  });

  it('invents no time where a counter of milliseconds went back a little', () => {
    const back = { ...disk, readOps: 1010, busyMs: 699, readMs: 499 };
    expect(diskIo(disk, back, 10)).toMatchObject({
      read_iops: 1,
      util_percent: null,
      await_ms: null,
    });
  });

  it('goes on where a counter of 32 bits starts again', () => {
    const before = { ...disk, busyMs: 2 ** 32 - 1000, readMs: 2 ** 32 - 500 };
    const now = { ...disk, readOps: 1001, busyMs: 1000, readMs: 500 };
    expect(diskIo(before, now, 10)).toMatchObject({ util_percent: 20, await_ms: 1000 });
  });

  it('is never negative, and busy for at most all of the time', () => {
    const any = fc.record<DiskCounters>({
      device: fc.constant('sda'),
      number: fc.constant('8:0'),
      readOps: fc.nat(1e6),
      writeOps: fc.nat(1e6),
      readSectors: fc.nat(1e9),
      writeSectors: fc.nat(1e9),
      readMs: fc.nat(2 ** 31 - 1),
      writeMs: fc.nat(2 ** 31 - 1),
      busyMs: fc.nat(2 ** 31 - 1),
      inFlight: fc.nat(100),
      flushOps: fc.constant(null),
      flushMs: fc.constant(null),
    });
    fc.assert(
      fc.property(any, any, (before, now) => {
        const io = diskIo(before, now, 15);
        for (const name of Object.keys(derived) as (keyof typeof derived)[]) {
          expect(io[name] ?? 0).toBeGreaterThanOrEqual(0);
        }
        expect(io.util_percent ?? 0).toBeLessThanOrEqual(100);
      }),
    );
  });
});
