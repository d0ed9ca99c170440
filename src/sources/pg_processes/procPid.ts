/** Of proc_pid_stat(5). */
export interface ProcPid {
  readonly pid: number;
  /** The name of the program, at most 15 characters; never its arguments. */
  readonly name: string;
  /** `R`, `S`, `D`, … */
  readonly state: string;
  readonly parent: number;
  /** Processor time since the start, in ticks of 10 ms. */
  readonly ticks: number;
  /** In ticks since boot: tells processes with one pid apart. */
  readonly startTicks: number;
  /** Resident memory in pages, what is shared with others included. */
  readonly pages: number;
}

/** Reads /proc/PID/stat; null where it is no such text. The name may hold anything, parentheses too. */
export function procPid(text: string): ProcPid | null {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return null;
  const fields = text
    .slice(close + 2)
    .trim()
    .split(' ');
  const numbers = [1, 11, 12, 19, 21].map((index) => Number(fields[index]));
  const [parent = NaN, user = NaN, system = NaN, startTicks = NaN, pages = NaN] = numbers;
  const pid = Number(text.slice(0, open));
  if (![pid, ...numbers].every(Number.isFinite)) return null;
  return {
    pid,
    name: text.slice(open + 1, close),
    state: fields[0] ?? '',
    parent,
    ticks: user + system,
    startTicks,
    pages,
  };
}

/** A line `name: number [kB]` of /proc/PID/status or /proc/PID/io, in bytes where it has a unit; null where there is none. */
export function lineOf(text: string | undefined, name: string): number | null {
  const found = new RegExp(`^${name}:\\s*(\\d+)( kB)?`, 'm').exec(text ?? '');
  if (!found) return null;
  return Number(found[1]) * (found[2] === undefined ? 1 : 1024);
}
