import { readFileSync, readdirSync } from 'node:fs';

/** Resident memory of a process in MB: now, and its highest so far. */
export function residentMb(pid: number): { now: number; peak: number } {
  return { now: statusMb(pid, 'VmRSS'), peak: statusMb(pid, 'VmHWM') };
}

/** What a process has for itself alone in MB; a server's shared buffers are not in it. NaN where it is gone. */
export const privateMb = (pid: number): number => statusMb(pid, 'RssAnon');

function statusMb(pid: number, name: string): number {
  const status = readOf(pid, 'status');
  return Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? NaN) / 1_024;
}

/** Resident memory of a process in MB by where it comes from: its own, and pages of files, above all of its program. */
export function residentPartsMb(pid: number): { own: number; files: number } {
  return { own: statusMb(pid, 'RssAnon'), files: statusMb(pid, 'RssFile') };
}

/** CPU time that the present threads of a process have used, in ms, as exact as the scheduler knows it. */
export function exactMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const ns = threads.map((id) => Number(readOf(pid, `task/${id}/schedstat`).split(' ')[0]));
  return ns.reduce((sum, each) => sum + each, 0) / 1e6;
}

/** CPU time that a process has used with all its threads, in ms; the kernel counts in steps of 10. */
export const usedMs = (pid: number): number => times(pid).own;

/** CPU time of a process, of those that it started and of those of them that have ended, in ms. */
export function usedMsOfAll(pid: number): number {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => times(each).parent === pid);
  const { own, ended } = times(pid);
  return children.reduce((sum, child) => sum + usedMs(child), own + ended);
}

function times(pid: number): { own: number; ended: number; parent: number } {
  const fields = readOf(pid, 'stat').split(') ')[1]?.split(' ').map(Number) ?? [];
  const at = (index: number): number => fields[index] ?? 0;
  return { parent: at(1), own: (at(11) + at(12)) * 10, ended: (at(13) + at(14)) * 10 };
}

function readOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
