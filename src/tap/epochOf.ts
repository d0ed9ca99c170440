import type { Json } from '../schema/json.ts';

const NAMES = ['stats_epoch', 'stats_reset', 'stats_since', 'boot_time'] as const;

/** Since when the counters beside it count, as far as a metric, a group of it or an item of a list says. */
export const epochOf = (fields: Readonly<Record<string, Json>>): string =>
  NAMES.map((name) => JSON.stringify(fields[name] ?? null)).join(' ');
