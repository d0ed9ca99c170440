import { createHash } from 'node:crypto';
import type { Json } from '../schema/json.ts';
import { jsonBytes } from '../schema/jsonBytes.ts';
import type { Metric } from '../schema/metric.ts';

/** The greatest metric that travels whole: 256 KiB of JSON. */
export const maxMetricBytes = 262_144;

/** Room for `part` and the names of the lists. */
const partBytes = 256;

/** A list whose items are made when they are asked for. */
export interface LateList {
  /** How many bytes each item has as JSON at most. */
  readonly bytes: readonly number[];
  /** As many items. Read once, in order. */
  readonly items: Iterable<Json>;
}

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
  const late: Record<string, LateList> = {};
  for (const name of lists) {
    const items = metric[name] as readonly Json[];
    if (Array.isArray(items)) late[name] = { bytes: items.map(jsonBytes), items };
  }
  const split = [...lateParts(metric, late, maxBytes)];
  return split.length === 1 ? [metric] : split;
}

/**
 * The same for lists whose items are made one part after the other: nobody needs all of them at once.
 *
 * @param metric - Where a late list shall stand among the fields, it has something of that name.
 */
export function* lateParts(
  metric: Metric,
  lists: Readonly<Record<string, LateList>>,
  maxBytes = maxMetricBytes,
): Generator<Metric> {
  const names = Object.keys(lists);
  const fixed: Record<string, Json> = { ...metric };
  for (const name of names) fixed[name] = [];
  const shares = sharesOf(lists, maxBytes - jsonBytes(fixed) - partBytes);
  const read_id =
    shares.length > 1
      ? createHash('sha256').update(JSON.stringify(fixed)).digest('hex').slice(0, 16)
      : null;
  const items = names.map((name) => lists[name]?.items[Symbol.iterator]());
  for (let index = 0; index < shares.length; index++) {
    const metric: Record<string, Json> = { ...fixed };
    if (read_id !== null) metric['part'] = { index, of: shares.length, read_id };
    names.forEach((name, list) => {
      const share: Json[] = [];
      for (let left = shares[index]?.[list] ?? 0; left > 0; left--)
        share.push(items[list]?.next().value as Json);
      metric[name] = share;
    });
    yield metric as Metric;
  }
}

/** How many items of each list go into each part: at least one part, each of at most `room` bytes. */
function sharesOf(lists: Readonly<Record<string, LateList>>, room: number): number[][] {
  const all = Object.values(lists);
  let share = all.map(() => 0);
  const shares = [share];
  let left = room;
  all.forEach(({ bytes }, list) => {
    for (const each of bytes) {
      if (each + 1 > left && share.some((count) => count > 0)) {
        shares.push((share = all.map(() => 0)));
        left = room;
      }
      share[list] = (share[list] ?? 0) + 1;
      left -= each + 1;
    }
  });
  return shares;
}
