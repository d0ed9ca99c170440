import type { Entry } from '../../schema/journal.ts';
import type { Counts } from '../../schema/json.ts';

/** Metrics by type that are on their way: read but not durable, and durable but not acknowledged. */
export interface Outstanding {
  readonly buffered: Counts;
  readonly spooled: Counts;
}

/** Nothing is on its way. */
export const nothingOutstanding: Outstanding = { buffered: {}, spooled: {} };

/** Moves one journal entry's metrics along: the books by type, for what a run leaves behind. Pure. */
export function outstanding(now: Outstanding, entry: Entry): Outstanding {
  switch (entry.at) {
    case 'recovered':
      return { ...now, spooled: plus(now.spooled, entry.counts, 1) };
    case 'source':
      return { ...now, buffered: plus(now.buffered, { [entry.metric.type]: 1 }, 1) };
    case 'spooled':
      return {
        buffered: plus(now.buffered, entry.header.counts, -1),
        spooled: plus(now.spooled, entry.header.counts, 1),
      };
    case 'acked':
      return { ...now, spooled: plus(now.spooled, entry.receipt.header.counts, -1) };
    case 'set_aside':
      return { ...now, spooled: plus(now.spooled, entry.header.counts, -1) };
    case 'dropped':
      return { ...now, [entry.from]: plus(now[entry.from], entry.counts, -1) };
    default:
      return now;
  }
}

function plus(counts: Counts, more: Counts, sign: 1 | -1): Counts {
  const sum: Record<string, number> = { ...counts };
  for (const [type, count] of Object.entries(more)) {
    const left = (sum[type] ?? 0) + sign * count;
    if (left === 0) Reflect.deleteProperty(sum, type);
    else sum[type] = left;
  }
  return sum;
}
