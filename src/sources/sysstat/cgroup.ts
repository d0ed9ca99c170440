import type { Static } from '@sinclair/typebox';
import { int64, integer, nullable, number, record } from '../../schema/fields.ts';
import { rounded } from '../rounded.ts';
import { counter } from './counter.ts';

/** `sysstat.cgroup`: the limits of the agent's own control group, which in a container are those of the container. */
export const Cgroup = record({
  version: integer('1 or 2'),
  cpu_limit_cores: nullable(number('processors that it may use; null without a limit')),
  memory_limit_bytes: nullable(int64('memory that it may use; null without a limit')),
  memory_used_bytes: nullable(int64('memory in use by the group that is limited')),
});

/** The files to read for one group and each group above it, nearest first: any of them may set the limit. */
export interface CgroupFiles {
  readonly version: 1 | 2;
  readonly cpu: readonly string[];
  readonly memory: readonly string[];
}

const ROOT = '/sys/fs/cgroup';

/** Where the limits stand, by /proc/self/cgroup (cgroups(7)); null where there are no control groups. */
export function cgroupFiles(selfCgroup: string | undefined): CgroupFiles | null {
  const groups = new Map<string, string>();
  for (const line of (selfCgroup ?? '').split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    for (const controller of controllers.split(',')) groups.set(controller, path);
  }
  const memory = groups.get('memory');
  const cpu = groups.get('cpu');
  if (memory !== undefined || cpu !== undefined) {
    return {
      version: 1,
      cpu: groupsAbove(cpu).map((path) => `${ROOT}/cpu${path}/`),
      memory: groupsAbove(memory).map((path) => `${ROOT}/memory${path}/`),
    };
  }
  const unified = groups.get('');
  if (unified === undefined) return null;
  const folders = groupsAbove(unified).map((path) => `${ROOT}${path}/`);
  return { version: 2, cpu: folders, memory: folders };
}

/** The names of all files that `cgroup` looks at. */
export const cgroupPaths = ({ version, cpu, memory }: CgroupFiles): readonly string[] =>
  version === 2
    ? [
        ...cpu.map((at) => `${at}cpu.max`),
        ...memory.flatMap((at) => [`${at}memory.max`, `${at}memory.current`]),
      ]
    : [
        ...cpu.flatMap((at) => [`${at}cpu.cfs_quota_us`, `${at}cpu.cfs_period_us`]),
        ...memory.flatMap((at) => [`${at}memory.limit_in_bytes`, `${at}memory.usage_in_bytes`]),
      ];

/** The tightest limits over the group and those above it. */
export function cgroup(
  { version, cpu, memory }: CgroupFiles,
  texts: ReadonlyMap<string, string>,
): Static<typeof Cgroup> {
  const word = (path: string): string => texts.get(path)?.trim() ?? '';
  const cores = cpu.map((at) => {
    const [quota, period] =
      version === 2
        ? word(`${at}cpu.max`).split(' ')
        : [word(`${at}cpu.cfs_quota_us`), word(`${at}cpu.cfs_period_us`)];
    const share = Number(counter(quota) ?? NaN) / Number(counter(period) ?? NaN);
    return Number.isFinite(share) && share > 0 ? share : Infinity;
  });
  const limit = version === 2 ? 'memory.max' : 'memory.limit_in_bytes';
  const usage = version === 2 ? 'memory.current' : 'memory.usage_in_bytes';
  const bytes = memory.map((at) => {
    const value = Number(counter(word(`${at}${limit}`)) ?? Infinity);
    // Version 1 writes "no limit" as the greatest number of whole pages.
    return value < NO_LIMIT ? value : Infinity;
  });
  const leastCores = Math.min(Infinity, ...cores);
  const leastBytes = Math.min(Infinity, ...bytes);
  const limited = memory[bytes.indexOf(leastBytes)];
  return {
    version,
    cpu_limit_cores: leastCores === Infinity ? null : rounded(leastCores, 3),
    memory_limit_bytes: leastBytes === Infinity ? null : leastBytes,
    memory_used_bytes:
      leastBytes === Infinity || limited === undefined ? null : counter(word(`${limited}${usage}`)),
  };
}

const NO_LIMIT = 2 ** 62;

/** `/a/b` → `/a/b`, `/a`, and the root. A path that leads out of the namespace (`/..`) is taken for the root. */
function groupsAbove(path: string | undefined): readonly string[] {
  if (path === undefined) return [];
  const names = path.split('/').filter(Boolean);
  if (names.includes('..') || names.length > 32) return [''];
  return [...names.keys()]
    .reverse()
    .map((last) => `/${names.slice(0, last + 1).join('/')}`)
    .concat('');
}
