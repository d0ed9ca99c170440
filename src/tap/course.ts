/** One reading of a number. */
export interface Moment {
  /** ms since 1970. */
  readonly at: number;
  readonly value: number;
}

/** Bars of a course, and the least time that one stands for, in ms: together five minutes. */
export const COLUMNS = 20;
const LEAST_MS = 15_000;
const BARS = '▁▂▃▄▅▆▇█';

/** The time that one bar stands for, in ms: at least as long as readings are apart, so that there are no holes. */
export function columnMs(moments: readonly Moment[]): number {
  const [first, last] = [moments[0], moments.at(-1)];
  if (!first || !last || moments.length < 2) return LEAST_MS;
  const apart = (last.at - first.at) / (moments.length - 1);
  return Math.max(LEAST_MS, Math.ceil(apart / 1_000) * 1_000);
}

/**
 * The last 20 columns of time as bars, the newest at the right, each the mean of what was read in it, the highest of them
 * full; a blank where nothing was.
 *
 * @param now ms since 1970
 */
export function sparkline(
  moments: readonly Moment[],
  now: number,
  stepMs = columnMs(moments),
): string {
  const newest = Math.floor(now / stepMs);
  const sums = Array.from({ length: COLUMNS }, () => ({ sum: 0, count: 0 }));
  for (const { at, value } of moments) {
    const column = sums[COLUMNS - 1 - (newest - Math.floor(at / stepMs))];
    if (!column) continue;
    column.sum += Math.max(0, value);
    column.count++;
  }
  const means = sums.map(({ sum, count }) => (count === 0 ? null : sum / count));
  const most = Math.max(...means.map((mean) => mean ?? 0));
  const bar = (mean: number): string =>
    BARS[most === 0 ? 0 : Math.round((mean / most) * (BARS.length - 1))] ?? '';
  return means.map((mean) => (mean === null ? ' ' : bar(mean))).join('');
}
