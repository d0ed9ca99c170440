import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cgroup, cgroupFiles, cgroupPaths } from '../../../src/sources/sysstat/cgroup.ts';
import { counter } from '../../../src/sources/sysstat/counter.ts';
import { increase } from '../../../src/sources/sysstat/increase.ts';
import { loadavg } from '../../../src/sources/sysstat/loadavg.ts';
import { meminfo } from '../../../src/sources/sysstat/meminfo.ts';
import { memory } from '../../../src/sources/sysstat/memory.ts';
import { netDev } from '../../../src/sources/sysstat/netDev.ts';
import { network } from '../../../src/sources/sysstat/network.ts';
import { pressure } from '../../../src/sources/sysstat/pressure.ts';

describe('counter', () => {
  it.each([
    ['0', 0],
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', '9007199254740993'],
    ['9223372036854775807', '9223372036854775807'],
    ['18446744073709551615', null],
    ['-1', null],
    ['1.5', null],
    ['', null],
    [undefined, null],
  ])('of %s is %s', (text, value) => {
    expect(counter(text)).toBe(value);
  });

  it('keeps every integer of 63 bits exactly', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 63n - 1n), (value) => {
        expect(BigInt(counter(value.toString()) ?? -1)).toBe(value);
      }),
    );
  });
});

describe('increase', () => {
  it('is the difference, across 2^53 too', () => {
    expect(increase(1, 3)).toBe(2);
    expect(increase(9007199254740990, '9007199254740993')).toBe(3);
  });

  it('is null for a missing value and for a counter that went back', () => {
    expect(increase(undefined, 3)).toBeNull();
    expect(increase(3, null)).toBeNull();
    expect(increase(3, 2)).toBeNull();
  });
});

describe('loadavg', () => {
  it('reads the three averages', () => {
    expect(loadavg('0.38 12.21 0.10 1/94 8052\n')).toStrictEqual({
      load_1m: 0.38,
      load_5m: 12.21,
      load_15m: 0.1,
    });
  });

  it('is null for any other text', () => {
    expect(loadavg('')).toBeNull();
    fc.assert(fc.property(fc.string(), (text) => void loadavg(text)));
  });
});

describe('memory', () => {
  const linux6 = `MemTotal:       1000 kB
MemFree:         200 kB
MemAvailable:    600 kB
Buffers:          50 kB
Cached:          300 kB
SReclaimable:     40 kB
Shmem:            10 kB
SwapTotal:       100 kB
SwapFree:         60 kB
HugePages_Total:   4
HugePages_Free:    3
Hugepagesize:   2048 kB
`;
  it('reads bytes, and counts used as what is not available', () => {
    expect(memory(meminfo(linux6))).toMatchObject({
      total_mb: 0.98,
      total_bytes: 1_024_000,
      free_bytes: 204_800,
      cached_bytes: 348_160,
      used_bytes: 409_600,
      available_bytes: 614_400,
      shared_bytes: 10_240,
      dirty_bytes: null,
      huge_pages_total: 4,
      huge_page_size_bytes: 2_097_152,
      swap_total_bytes: 102_400,
      swap_used_bytes: 40_960,
    });
  });

  it('takes free memory and caches where the kernel does not say what is available', () => {
    const linux310 = linux6.replace(/^MemAvailable.*\n/m, '');
    expect(memory(meminfo(linux310))).toMatchObject({
      used_bytes: (1000 - 200 - 50 - 340) * 1024,
      available_bytes: null,
    });
  });

  it('is null where the total is not said, and never throws', () => {
    expect(memory(meminfo('Cached: 1 kB'))).toBeNull();
    fc.assert(fc.property(fc.string(), (text) => void memory(meminfo(text))));
  });
});

describe('network', () => {
  const linux6 = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    3193      29    0    0    0     0          0         0     3193      29    0    0    0     0       0          0
  eth0: 9007199254740993    8113    1    2    0     0          0         0   714171    5500    3    4    0     0       0          0
`;
  const linux26 =
    '  eth0:1234567890  10    0    0    0     0          0         0 987654321  20    0    0    0     0       0          0';

  it('reads the counters of each interface', () => {
    expect(netDev(linux6)[1]).toStrictEqual({
      interface: 'eth0',
      receiveBytes: '9007199254740993',
      receivePackets: 8113,
      receiveErrors: 1,
      receiveDrops: 2,
      transmitBytes: 714171,
      transmitPackets: 5500,
      transmitErrors: 3,
      transmitDrops: 4,
    });
  });

  it('reads the form without a space behind the colon', () => {
    expect(netDev(linux26)[0]).toMatchObject({ interface: 'eth0', receiveBytes: 1234567890 });
  });

  it('reads any text without throwing', () => {
    fc.assert(fc.property(fc.string(), (text) => void netDev(text)));
  });

  const [eth0] = netDev(linux26);
  it('derives rates from the interval', () => {
    const now = { ...eth0!, receiveBytes: 1234567890 + 20_971_520, transmitPackets: 120 };
    expect(network(eth0, now, 10)).toMatchObject({
      receive_bytes: 1255539410,
      receive_mb_s: 2,
      transmit_mb_s: 0,
      receive_packets_s: 0,
      transmit_packets_s: 10,
    });
  });

  it.each([
    ['an interface that appears', undefined, 10],
    ['a counter that went back', { ...eth0!, transmitBytes: 987654322 }, 10],
    ['no time', eth0, null],
  ])('derives nothing from %s', (_, before, seconds) => {
    expect(network(before, eth0!, seconds)).toMatchObject({
      receive_mb_s: null,
      transmit_mb_s: null,
      receive_packets_s: null,
      transmit_packets_s: null,
    });
  });
});

describe('pressure', () => {
  const io = `some avg10=1.50 avg60=3.72 avg300=1.65 total=15061964
full avg10=0.00 avg60=0.06 avg300=0.02 total=2226008
`;
  it('reads both lines', () => {
    expect(pressure(io)).toStrictEqual({
      some: { avg10_percent: 1.5, avg60_percent: 3.72, avg300_percent: 1.65, total_us: 15061964 },
      full: { avg10_percent: 0, avg60_percent: 0.06, avg300_percent: 0.02, total_us: 2226008 },
    });
  });

  it('has no line `full` for processors on older kernels', () => {
    expect(pressure(io.split('\n')[0])).toMatchObject({ full: null });
  });

  it('is null where the kernel has none', () => {
    expect(pressure(undefined)).toBeNull();
    expect(pressure('')).toBeNull();
    fc.assert(fc.property(fc.string(), (text) => void pressure(text)));
  });
});

describe('cgroup', () => {
  const limits = (self: string, texts: Readonly<Record<string, string>>): unknown => {
    const files = cgroupFiles(self);
    return files && cgroup(files, new Map(Object.entries(texts)));
  };

  it('takes the tightest limit of the group and those above it (version 2)', () => {
    const at = '/sys/fs/cgroup';
    expect(
      limits('0::/system.slice/agent.service\n', {
        [`${at}/system.slice/agent.service/cpu.max`]: 'max 100000\n',
        [`${at}/system.slice/agent.service/memory.max`]: '8000000000\n',
        [`${at}/system.slice/agent.service/memory.current`]: '1\n',
        [`${at}/system.slice/cpu.max`]: '150000 100000\n',
        [`${at}/system.slice/memory.max`]: '4000000000\n',
        [`${at}/system.slice/memory.current`]: '3000000000\n',
      }),
    ).toStrictEqual({
      version: 2,
      cpu_limit_cores: 1.5,
      memory_limit_bytes: 4_000_000_000,
      memory_used_bytes: 3_000_000_000,
    });
  });

  it('reads the controllers of version 1, also under a path of another namespace', () => {
    const self = '9:name=systemd:/\n4:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc\n0::/\n';
    expect(
      limits(self, {
        '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '50000\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
        '/sys/fs/cgroup/memory/memory.limit_in_bytes': '1073741824\n',
        '/sys/fs/cgroup/memory/memory.usage_in_bytes': '1000\n',
      }),
    ).toStrictEqual({
      version: 1,
      cpu_limit_cores: 0.5,
      memory_limit_bytes: 1_073_741_824,
      memory_used_bytes: 1000,
    });
  });

  it('has null for no limit', () => {
    const none = { cpu_limit_cores: null, memory_limit_bytes: null, memory_used_bytes: null };
    expect(
      limits('4:memory:/\n1:cpu:/\n', {
        '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
        '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      }),
    ).toStrictEqual({ version: 1, ...none });
    expect(limits('0::/\n', {})).toStrictEqual({ version: 2, ...none });
  });

  it('is null without control groups, and stays below its root', () => {
    expect(limits('', {})).toBeNull();
    const files = cgroupFiles('0::/../../../etc\n');
    expect(files && cgroupPaths(files)).toStrictEqual([
      '/sys/fs/cgroup/cpu.max',
      '/sys/fs/cgroup/memory.max',
      '/sys/fs/cgroup/memory.current',
    ]);
  });
});
