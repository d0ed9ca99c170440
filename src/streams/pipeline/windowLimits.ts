import type { WindowLimits } from '../../operators/windowQueue.ts';
import type { Config } from '../../schema/config.ts';

/** When a window closes, as `[collector]` and `[buffer]` say. */
export const windowLimits = ({ collector, buffer }: Config): WindowLimits => ({
  maxAgeMs: collector.push_interval * 1_000,
  maxBytes: buffer.window_bytes,
  maxCount: buffer.window_count,
  capacityBytes: buffer.capacity_bytes,
});
