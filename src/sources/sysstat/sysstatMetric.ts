import type { Static } from '@sinclair/typebox';
import {
  cumulative,
  int64,
  integer,
  list,
  moment,
  nullable,
  number,
  record,
  text,
} from '../../schema/fields.ts';
import { metricSchema } from '../../schema/metric.ts';
import { wildcard } from '../../schema/wildcard.ts';
import { rounded } from '../rounded.ts';
import { timestampNow } from '../timestamp.ts';
import { Cgroup, cgroup } from './cgroup.ts';
import { cpuPercent } from './cpuPercent.ts';
import { DiskIo, diskIo } from './diskIo.ts';
import { type LoadAverage, loadavg } from './loadavg.ts';
import { meminfo } from './meminfo.ts';
import { Memory, memory } from './memory.ts';
import { Network, network } from './network.ts';
import { Pages, pages } from './pages.ts';
import { Pressure, pressure } from './pressure.ts';
import type { Reading } from './reading.ts';
import { Tcp, tcp } from './tcp.ts';
import { wholeDisks } from './wholeDisks.ts';

const percent = (what: string) =>
  nullable(number(`percent of the interval since the last sample: ${what}`));
const load = {
  load_1m: nullable(number('load average over 1 minute')),
  load_5m: nullable(number('load average over 5 minutes')),
  load_15m: nullable(number('load average over 15 minutes')),
};

/** A metric of type `sysstat`. */
export const Sysstat = metricSchema('sysstat', 'load of the host, from /proc (Linux)', {
  host: text('the host, as `[collector] hostname` says'),
  interval_seconds: nullable(number('time since the last sample, by the clock since boot')),
  boot_time: nullable(moment('when the host booted: cumulative counters count from here')),
  cpu: record({
    user: percent('user programs, guests included'),
    system: percent('the kernel'),
    idle: percent('nothing'),
    iowait: percent('nothing, while a disk was awaited'),
    nice: percent('user programs of low priority'),
    irq: percent('interrupts'),
    softirq: percent('soft interrupts'),
    steal: percent('taken by the hypervisor'),
    cores: integer('processors that are online'),
    ...load,
  }),
  load: record(load, 'the load averages once more, where older readers look'),
  memory: nullable(Memory),
  pages: nullable(Pages),
  processes: record({
    running: nullable(integer('tasks that run or could run')),
    blocked: nullable(integer('tasks that wait for I/O')),
    forks: nullable(cumulative(int64('tasks started since boot'))),
    context_switches: nullable(cumulative(int64('context switches since boot'))),
  }),
  disk_io: list(DiskIo, 'whole disks', 'device'),
  network: list(Network, 'network interfaces', 'interface'),
  tcp: nullable(Tcp),
  pressure: nullable(Pressure),
  cgroup: nullable(Cgroup),
});

/** What is left out, and how the host is called. */
export interface SysstatOptions {
  readonly host: string;
  /** Patterns of names. */
  readonly excludeDevices: readonly string[];
  /** Patterns of names. */
  readonly excludeInterfaces: readonly string[];
}

const noLoad = { load_1m: null, load_5m: null, load_15m: null };

/** The metric of the interval between two readings. */
export function sysstatMetric(
  before: Reading,
  now: Reading,
  { host, excludeDevices, excludeInterfaces }: SysstatOptions,
): Static<typeof Sysstat> {
  const passed = before.uptime === null || now.uptime === null ? null : now.uptime - before.uptime;
  const seconds = passed !== null && passed > 0 ? passed : null;
  const { stat, texts } = now;
  const average: LoadAverage | typeof noLoad = loadavg(texts.get('/proc/loadavg') ?? '') ?? noLoad;
  const disksBefore = new Map(before.disks.map((disk) => [disk.device, disk]));
  const interfacesBefore = new Map(before.interfaces.map((each) => [each.interface, each]));
  const stalls = {
    cpu: pressure(texts.get('/proc/pressure/cpu')),
    memory: pressure(texts.get('/proc/pressure/memory')),
    io: pressure(texts.get('/proc/pressure/io')),
  };
  return {
    type: 'sysstat',
    timestamp: timestampNow(),
    host,
    interval_seconds: seconds === null ? null : rounded(seconds),
    boot_time: stat.bootTime === null ? null : new Date(stat.bootTime * 1000).toISOString(),
    cpu: { ...cpuPercent(before.stat.cpu, stat.cpu), cores: stat.cores, ...average },
    load: average,
    memory: memory(meminfo(texts.get('/proc/meminfo') ?? '')),
    pages: pages(texts.get('/proc/vmstat') ?? ''),
    processes: {
      running: stat.running,
      blocked: stat.blocked,
      forks: stat.forks,
      context_switches: stat.contextSwitches,
    },
    disk_io: wholeDisks(now.disks)
      .filter(({ device }) => !fitsAny(excludeDevices, device))
      .map((disk) => diskIo(disksBefore.get(disk.device), disk, seconds)),
    network: now.interfaces
      .filter((each) => !fitsAny(excludeInterfaces, each.interface))
      .map((each) => network(interfacesBefore.get(each.interface), each, seconds)),
    tcp: tcp(before.texts, texts),
    pressure: stalls.cpu || stalls.memory || stalls.io ? stalls : null,
    cgroup: now.cgroupFiles && cgroup(now.cgroupFiles, texts),
  };
}

const fitsAny = (patterns: readonly string[], name: string): boolean =>
  patterns.some((pattern) => wildcard(pattern, name));
