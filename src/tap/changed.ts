import type { Json } from '../schema/json.ts';
import type { Metric } from '../schema/metric.ts';
import { seriesOf } from './seriesOf.ts';

/** Series that are remembered; the longest unseen goes first. */
const MAX_SERIES = 1_000;

/** Fields that differ in each reading by themselves. */
const MOMENTS = new Set(['timestamp', 'part']);

/** Whether a metric says something else than the one before it in its series; the first of a series does. */
export function changed(): (metric: Metric) => boolean {
  const last = new Map<string, Metric>();
  return (metric) => {
    const series = seriesOf(metric);
    const before = last.get(series);
    last.delete(series);
    last.set(series, metric);
    if (last.size > MAX_SERIES) last.delete(last.keys().next().value ?? '');
    return before === undefined || !sameFields(before, metric);
  };
}

function sameFields(a: Metric, b: Metric): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => MOMENTS.has(name) || same(a[name], b[name]))
  );
}

function same(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const names = Object.keys(a);
  return (
    Array.isArray(a) === Array.isArray(b) &&
    names.length === Object.keys(b).length &&
    names.every((name) => same((a as Row)[name], (b as Row)[name]))
  );
}

type Row = Readonly<Record<string, Json>>;
