import type { LogGap } from '../../ports/logs.ts';
import type { Metric } from '../../schema/metric.ts';

/** `pg_log` with what is known to be lost, if anything is. */
export const withGaps = (metric: Metric, gaps: readonly LogGap[], lost: number): Metric => {
  if (gaps.length === 0 && lost === 0) return metric;
  const plain = gaps.map(({ file, reason, bytes }) => ({ file, reason, bytes }));
  return {
    ...metric,
    ...(gaps.length > 0 && { gaps: plain }),
    ...(lost > 0 && { lost_lines: lost }),
  };
};
