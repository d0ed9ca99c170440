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

/** How a counter moved against the reading before. */
export interface Rise {
  readonly by: number;
  readonly perSecond: number;
}

/** The counters of a metric, by dotted path, that rose against the one before it in its series; lists are left out. */
export type Rates = (metric: Metric) => ReadonlyMap<string, Rise>;

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
    const found = new Map<string, Rise>();
    if (!before || before.epoch !== now.epoch || now.at <= before.at) return found;
    const visit = (fields: Fields, old: Fields, prefix: string): void => {
      // Groups of counters are reset each by itself.
      if (fields['stats_reset'] !== old['stats_reset']) return;
      for (const [name, value] of Object.entries(fields)) {
        const was = old[name];
        if (isFields(value) && isFields(was)) visit(value, was, `${prefix}${name}.`);
        else if (was !== null && isCounter(metric.type, prefix + name)) {
          const by = Number(value) - Number(was);
          const perSecond = (by * 1_000) / (now.at - before.at);
          if (by > 0) found.set(prefix + name, { by, perSecond });
        }
      }
    };
    visit(metric, before.metric, '');
    return found;
  };
}

type Fields = Readonly<Record<string, Json>>;

const isFields = (value: Json | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const epochOf = (metric: Metric): string =>
  JSON.stringify([metric['stats_epoch'], metric['stats_reset'], metric['stats_since']]);
