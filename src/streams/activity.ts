import type { AgentActivity } from '../schema/activity.ts';
import type { Entry } from '../schema/journal.ts';
import type { Counts } from '../schema/json.ts';

const plus = (counts: Counts, key: string, by = 1): Counts => ({
  ...counts,
  [key]: (counts[key] ?? 0) + by,
});

/** Adds one journal entry to what the agent did. Pure. */
export function act(activity: AgentActivity, entry: Entry): AgentActivity {
  switch (entry.at) {
    case 'source':
      return { ...activity, metrics: plus(activity.metrics, entry.metric.type) };
    case 'skipped':
      return { ...activity, skipped: plus(activity.skipped, entry.unit, entry.ticks) };
    case 'trouble':
      return { ...activity, troubles: plus(activity.troubles, entry.code) };
    case 'batched':
      return {
        ...activity,
        windows: activity.windows + 1,
        rawBytes: activity.rawBytes + entry.header.rawBytes,
        compressedBytes: activity.compressedBytes + entry.header.bytes,
      };
    case 'dropped':
      return entry.reason === 'buffer_full'
        ? { ...activity, overflows: activity.overflows + 1 }
        : activity;
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
