import type { AgentActivity } from '../../schema/activity.ts';
import type { Entry } from '../../schema/journal.ts';
import type { Counts } from '../../schema/json.ts';

const plus = (counts: Counts, key: string, by = 1): Counts => ({
  ...counts,
  [key]: (counts[key] ?? 0) + by,
});

/** By type, and of each by reason. */
const lost = (
  dropped: AgentActivity['dropped'],
  counts: Counts,
  reason: string,
): AgentActivity['dropped'] =>
  Object.entries(counts).reduce(
    (sum, [type, count]) => ({ ...sum, [type]: plus(sum[type] ?? {}, reason, count) }),
    dropped,
  );

/** Adds one journal entry to what the agent did. Pure. */
export function act(activity: AgentActivity, entry: Entry): AgentActivity {
  switch (entry.at) {
    case 'source':
      return { ...activity, metrics: plus(activity.metrics, entry.metric.type) };
    case 'skipped':
      return { ...activity, skipped: plus(activity.skipped, entry.unit, entry.ticks) };
    case 'trouble':
      return {
        ...activity,
        troubles: plus(activity.troubles, entry.code),
        failures: plus(activity.failures, entry.unit),
      };
    case 'batched':
      return {
        ...activity,
        windows: activity.windows + 1,
        rawBytes: activity.rawBytes + entry.header.rawBytes,
        compressedBytes: activity.compressedBytes + entry.header.bytes,
      };
    case 'dropped':
      return {
        ...activity,
        overflows: activity.overflows + (entry.reason === 'buffer_full' ? 1 : 0),
        dropped: lost(activity.dropped, entry.counts, entry.reason),
      };
    case 'sent':
      return {
        ...activity,
        attempts: activity.attempts + 1,
        sentBytes: activity.sentBytes + entry.receipt.sentBytes,
      };
    case 'acked':
      return {
        ...activity,
        pushes: activity.pushes + 1,
        lastPushMs: entry.receipt.tookMs,
      };
    case 'cost': {
      const others = Object.entries(activity.costs).filter(([server]) => server !== entry.server);
      const newest = entry.cost ? [[entry.server, entry.cost] as const] : [];
      return { ...activity, costs: Object.fromEntries([...others, ...newest]) };
    }
    case 'config':
      return {
        ...activity,
        configs: activity.configs + 1,
        configVersion: entry.version ?? activity.configVersion,
      };
    default:
      return activity;
  }
}
