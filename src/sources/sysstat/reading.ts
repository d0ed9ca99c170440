import { type Observable, concatMap, map, of } from 'rxjs';
import { UnavailableError } from '../../errors.ts';
import type { Host } from '../../ports/host.ts';
import { type CgroupFiles, cgroupFiles, cgroupPaths } from './cgroup.ts';
import { type DiskCounters, diskstats } from './diskstats.ts';
import { type InterfaceCounters, netDev } from './netDev.ts';
import { type ProcStat, procStat } from './procStat.ts';

/** One look at the host's counters. */
export interface Reading {
  /** Seconds since boot: a clock that nobody sets. */
  readonly uptime: number | null;
  readonly stat: ProcStat;
  readonly disks: readonly DiskCounters[];
  readonly interfaces: readonly InterfaceCounters[];
  readonly cgroupFiles: CgroupFiles | null;
  /** The text of every file that was read, by path. */
  readonly texts: ReadonlyMap<string, string>;
}

const paths = [
  '/proc/stat',
  '/proc/uptime',
  '/proc/loadavg',
  '/proc/meminfo',
  '/proc/diskstats',
  '/proc/net/dev',
  '/proc/net/snmp',
  '/proc/net/netstat',
  '/proc/vmstat',
  '/proc/pressure/cpu',
  '/proc/pressure/memory',
  '/proc/pressure/io',
  '/proc/self/cgroup',
];

/** Emits one look at the host. Errors with `UnavailableError` where /proc/stat cannot be read. */
export function reading(host: Host): Observable<Reading> {
  return host.read(paths).pipe(
    concatMap((texts) => {
      const groups = cgroupFiles(texts.get('/proc/self/cgroup'));
      return (groups ? host.read(cgroupPaths(groups)) : of(new Map<string, string>())).pipe(
        map((limits) => parsed(new Map([...texts, ...limits]), groups)),
      );
    }),
  );
}

function parsed(texts: ReadonlyMap<string, string>, groups: CgroupFiles | null): Reading {
  const stat = procStat(texts.get('/proc/stat') ?? '');
  if (!stat) throw new UnavailableError('not available: /proc/stat cannot be read');
  const uptime = Number.parseFloat(texts.get('/proc/uptime') ?? '');
  return {
    uptime: Number.isFinite(uptime) ? uptime : null,
    stat,
    disks: diskstats(texts.get('/proc/diskstats') ?? ''),
    interfaces: netDev(texts.get('/proc/net/dev') ?? ''),
    cgroupFiles: groups,
    texts,
  };
}
