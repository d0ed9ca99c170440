import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

/** The process that holds a lock, beyond doubt: process ids are used again, and each container begins with 1. */
export interface Holder {
  readonly pid: number;
  /** When it began, in the kernel's ticks since the boot; empty where that cannot be known. */
  readonly startTime: string;
  readonly bootId: string;
  readonly pidNamespace: string;
  readonly host: string;
}

/** This process. */
export async function thisProcess(): Promise<Holder> {
  const [startTime, bootId, pidNamespace] = await Promise.all([
    startTimeOf(process.pid),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ]);
  return {
    pid: process.pid,
    startTime: startTime ?? '',
    bootId: bootId.trim(),
    pidNamespace,
    host: hostname(),
  };
}

/** When a process of this namespace began; empty where the kernel does not say, null where there is none. */
export async function startTimeOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // proc(5): fields 3 and 22; the name, field 2, may hold anything, parentheses too.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended: only its parent, in a container often process 1, has not asked how.
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? '');
  } catch {
    return runs(pid) && process.platform !== 'linux' ? '' : null;
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** What a lock file says; null where it cannot be understood. */
export function readHolder(text: string): Holder | null {
  try {
    const { pid, startTime, bootId, pidNamespace, host } = JSON.parse(text) as Partial<
      Record<keyof Holder, unknown>
    >;
    if (typeof pid !== 'number' || typeof startTime !== 'string') return null;
    if (typeof bootId !== 'string' || typeof pidNamespace !== 'string') return null;
    return typeof host === 'string' ? { pid, startTime, bootId, pidNamespace, host } : null;
  } catch {
    return null;
  }
}
