export interface LoadAverage {
  readonly load_1m: number;
  readonly load_5m: number;
  readonly load_15m: number;
}

/** Reads /proc/loadavg (proc_loadavg(5)): the mean number of runnable and uninterruptible tasks; null where it is no such text. */
export function loadavg(text: string): LoadAverage | null {
  const [one, five, fifteen] =
    /^(\d+\.\d+) (\d+\.\d+) (\d+\.\d+)(?= |$)/.exec(text)?.slice(1) ?? [];
  if (one === undefined || five === undefined || fifteen === undefined) return null;
  return { load_1m: Number(one), load_5m: Number(five), load_15m: Number(fifteen) };
}
