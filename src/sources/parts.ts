import { createHash } from 'node:crypto';
import type { Json } from '../schema/json.ts';
import { jsonBytes } from '../schema/jsonBytes.ts';
import type { Metric } from '../schema/metric.ts';

/** The greatest metric that travels whole: 256 KiB of JSON. */
export const maxMetricBytes = 262_144;

/** Room for `part` and the names of the lists. */
const partBytes = 256;

/**
 * Splits a metric whose lists are too long for one message into several of at most `maxBytes` of JSON.
 *
 * Each part has the fixed fields, every list that the metric has (its own share of it, in order, maybe empty) and
 * `part {index, of, read_id}`; put together again they are the metric. One that fits is returned as it is, without
 * `part`. An item that is larger than `maxBytes` by itself travels alone.
 *
 * @param lists - The names of the fields to split. Those that are absent, or no arrays, are fixed fields.
 * @param maxBytes - Default: 256 KiB.
 */
export function parts(
  metric: Metric,
  lists: readonly string[],
  maxBytes = maxMetricBytes,
): readonly Metric[] {
  const names = lists.filter((name) => Array.isArray(metric[name]));
  const fixed: Record<string, Json> = { ...metric };
  for (const name of names) fixed[name] = [];
  const fixedBytes = jsonBytes(fixed);

  const shares: Record<string, Json[]>[] = [];
  let share: Record<string, Json[]> = {};
  let room = 0;
  for (const name of names) {
    for (const item of metric[name] as readonly Json[]) {
      const bytes = jsonBytes(item) + 1;
      if (shares.length === 0 || bytes > room) {
        shares.push((share = {}));
        room = maxBytes - fixedBytes - partBytes;
      }
      (share[name] ??= []).push(item);
      room -= bytes;
    }
  }
  if (shares.length <= 1) return [metric];

  const read_id = createHash('sha256').update(JSON.stringify(fixed)).digest('hex').slice(0, 16);
  return shares.map((share, index) => ({
    ...(fixed as Metric),
    part: { index, of: shares.length, read_id },
    ...share,
  }));
}
