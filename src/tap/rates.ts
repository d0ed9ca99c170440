import type { Json } from '../schema/json.ts';
import type { Metric } from '../schema/metric.ts';
import { seriesOf } from './seriesOf.ts';

/** How many series are remembered; the longest unseen goes first. */
const MAX_SERIES = 1_000;

interface Reading {
  readonly at: number;
  readonly epoch: Json | undefined;
  readonly metric: Metric;
}

/** Rates per second of the top-level counters of a metric against the one before it in its series. */
export type Rates = (metric: Metric) => ReadonlyMap<string, number>;

/**
 * Remembers the last metric of each series (type, server, database) and derives rates per second.
 *
 * Reset-safe: no rate across another `stats_epoch` or `stats_reset`, none where a value fell, none for a first sample.
 */
export function rates(isCounter: (type: string, field: string) => boolean): Rates {
  const last = new Map<string, Reading>();
  return (metric) => {
    const series = seriesOf(metric);
    const now: Reading = { at: Date.parse(metric.timestamp), epoch: epochOf(metric), metric };
    const before = last.get(series);
    last.delete(series);
    last.set(series, now);
    if (last.size > MAX_SERIES) last.delete(last.keys().next().value ?? '');
    const found = new Map<string, number>();
    if (!before || before.epoch !== now.epoch || now.at <= before.at) return found;
    for (const [field, value] of Object.entries(metric)) {
      if (!isCounter(metric.type, field)) continue;
      const rise = Number(value) - Number(before.metric[field]);
      if (rise > 0) found.set(field, (rise * 1_000) / (now.at - before.at));
    }
    return found;
  };
}

const epochOf = (metric: Metric): string =>
  JSON.stringify([metric['stats_epoch'], metric['stats_reset'], metric['stats_since']]);
