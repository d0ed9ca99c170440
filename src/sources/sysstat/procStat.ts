import type { Int64 } from '../../schema/fields.ts';
import { counter } from './counter.ts';

/** Time of all processors since boot by state, in ticks; null for states that this kernel does not know. */
export type CpuTimes = Readonly<Record<CpuState, number | null>>;
export type CpuState = (typeof cpuStates)[number];

/** In the order of the columns. `user` contains `guest`, `nice` contains `guest_nice`. */
export const cpuStates = [
  'user',
  'nice',
  'system',
  'idle',
  'iowait',
  'irq',
  'softirq',
  'steal',
] as const;

export interface ProcStat {
  readonly cpu: CpuTimes;
  /** Processors that are online. */
  readonly cores: number;
  readonly contextSwitches: Int64 | null;
  readonly forks: Int64 | null;
  /** Seconds since 1970. */
  readonly bootTime: number | null;
  readonly running: number | null;
  readonly blocked: number | null;
}

/** Reads /proc/stat (proc_stat(5)); null where it has no line `cpu`. */
export function procStat(text: string): ProcStat | null {
  const words = new Map<string, readonly string[]>();
  let cores = 0;
  for (const line of text.split('\n')) {
    const [name = '', ...values] = line.trim().split(/\s+/);
    if (/^cpu\d+$/.test(name)) cores++;
    else if (name !== 'intr' && name !== 'softirq') words.set(name, values);
  }
  const times = words.get('cpu');
  if (!times) return null;
  const whole = (name: string): number | null => safe(words.get(name)?.[0]);
  return {
    cpu: Object.fromEntries(
      cpuStates.map((state, column) => [state, safe(times[column])]),
    ) as unknown as CpuTimes,
    cores,
    contextSwitches: counter(words.get('ctxt')?.[0]),
    forks: counter(words.get('processes')?.[0]),
    bootTime: whole('btime'),
    running: whole('procs_running'),
    blocked: whole('procs_blocked'),
  };
}

/** Ticks stay below 2^53 for longer than a host lives. */
function safe(text: string | undefined): number | null {
  const value = counter(text);
  return typeof value === 'number' ? value : null;
}
