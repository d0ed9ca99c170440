import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { ProcessUsage } from '../../ports/host.ts';

/** How often the event loop is looked at, in ms: a delay includes one such step, which is taken off again. */
const STEP_MS = 20;

/** A reader of what this process uses. The event loop is watched from the first reading on. */
export function processUsage(): () => ProcessUsage {
  let delays: IntervalHistogram | undefined;
  return () => {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    const p99Ms = delays && delays.max > 0 ? delays.percentile(99) / 1e6 - STEP_MS : null;
    if (delays) {
      delays.reset();
    } else {
      delays = monitorEventLoopDelay({ resolution: STEP_MS });
      delays.enable();
    }
    return {
      uptimeSeconds: process.uptime(),
      residentBytes: rss,
      heapUsedBytes: heapUsed,
      cpuUserMs: user / 1000,
      cpuSystemMs: system / 1000,
      eventLoopDelayP99Ms: p99Ms === null ? null : Math.max(0, p99Ms),
    };
  };
}
