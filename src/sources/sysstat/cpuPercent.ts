import { rounded } from '../rounded.ts';
import { type CpuState, type CpuTimes, cpuStates } from './procStat.ts';

/**
 * Percent of the time between two readings that the processors spent in each state; together 100.
 *
 * `idle` and `iowait` may go back a little (proc_stat(5)): that counts as no time. All are null where no time passed, or
 * where the total went back: the counters started anew.
 */
export function cpuPercent(before: CpuTimes, now: CpuTimes): Record<CpuState, number | null> {
  const sum = (times: CpuTimes): number =>
    cpuStates.reduce((total, state) => total + (times[state] ?? 0), 0);
  const spent = (state: CpuState): number =>
    Math.max(0, (now[state] ?? 0) - (before[state] ?? now[state] ?? 0));
  const total = cpuStates.reduce((ticks, state) => ticks + spent(state), 0);
  const isNone = total === 0 || sum(now) < sum(before);
  return Object.fromEntries(
    cpuStates.map((state) => [
      state,
      isNone || now[state] === null ? null : rounded((100 * spent(state)) / total),
    ]),
  ) as Record<CpuState, number | null>;
}
