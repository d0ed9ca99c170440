/** CPU time of this process and its threads since `from`, in ms; gzip's thread counts. */
export function cpuMs(from?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1_000;
}

/** The value that `share` (0..1) of the figures do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** The middle of several figures. */
export const median = (values: readonly number[]): number => percentile(values, 0.5);
