import { rounded } from '../rounded.ts';
import type { Look, ServerProcess } from './look.ts';
import type { ProcPid } from './procPid.ts';

/** What a process used between two looks; null where it is new, or where that cannot be seen. Never negative. */
export interface Usage {
  /** Of one processor. */
  readonly cpuPercent: number | null;
  readonly readBytesPerSecond: number | null;
  readonly writeBytesPerSecond: number | null;
}

const nothing: Usage = { cpuPercent: null, readBytesPerSecond: null, writeBytesPerSecond: null };

/** Compares a look with the one before. A pid that another process has now is a new process. */
export function usage(before: Look | null, now: Look): (process: ProcPid | ServerProcess) => Usage {
  if (before === null) return () => nothing;
  const seconds = now.uptime - before.uptime;
  const known = new Map<number, ProcPid | ServerProcess>();
  for (const process of before.server) known.set(process.pid, process);
  for (const process of before.others) known.set(process.pid, process);
  return (process) => {
    const last = known.get(process.pid);
    if (!last || last.startTicks !== process.startTicks || !(seconds > 0)) return nothing;
    const perSecond = (name: 'readBytes' | 'writeBytes'): number | null => {
      if (!('readBytes' in last) || !('readBytes' in process)) return null;
      const grown = growth(last[name], process[name]);
      return grown === null ? null : rounded(grown / seconds);
    };
    const ticks = growth(last.ticks, process.ticks);
    return {
      cpuPercent: ticks === null ? null : rounded(ticks / seconds),
      readBytesPerSecond: perSecond('readBytes'),
      writeBytesPerSecond: perSecond('writeBytes'),
    };
  };
}

const growth = (before: number | null, now: number | null): number | null =>
  before === null || now === null || now < before ? null : now - before;
