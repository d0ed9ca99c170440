import type { Static } from '@sinclair/typebox';
import { defer, forkJoin, map, take } from 'rxjs';
import type { HostFacts, ProcessUsage } from '../ports/host.ts';
import type { AgentActivity } from '../schema/activity.ts';
import type { Books } from '../schema/books.ts';
import {
  cumulative,
  flag,
  integer,
  list,
  nullable,
  number,
  record,
  text,
} from '../schema/fields.ts';
import { type Counts, sumOf } from '../schema/json.ts';
import { metricSchema } from '../schema/metric.ts';
import { section } from '../schema/section.ts';
import { version } from '../schema/version.ts';
import { parts } from './parts.ts';
import { polled } from './polled.ts';
import { rounded } from './rounded.ts';
import { listedCosts, serverCosts } from './serverCosts.ts';
import { hostSource } from './source.ts';
import { timestampNow } from './timestamp.ts';

const TIMEOUT_MS = 5_000;

const counts = (description: string) =>
  list(
    record({ name: text('what is counted'), count: cumulative(integer('how often')) }),
    description,
    'name',
  );

/** A metric of type `agent`. All counters count from the start of the process. */
const Agent = metricSchema('agent', 'what the collector itself does and uses', {
  host: text('the host, as `[collector] hostname` says'),
  version: text('of the collector'),
  node_version: text('of its runtime'),
  config_version: nullable(integer('version of the newest pulled configuration')),
  configs_applied: cumulative(
    integer('configurations that took effect, the one at the start included'),
  ),
  uptime_seconds: number('since the start of the process'),
  cpu_user_ms: cumulative(number('processor time in programs')),
  cpu_system_ms: cumulative(number('processor time in the kernel')),
  cpu_percent: nullable(number('of one processor, since the last sample')),
  resident_bytes: integer('memory of the process'),
  heap_used_bytes: integer('memory of its objects'),
  event_loop_delay_p99_ms: nullable(number('99th percentile since the last sample')),
  books: record(
    {
      collected: cumulative(integer('metrics read')),
      recovered: integer('metrics found in the spool at the start'),
      buffered: integer('metrics that are not durable yet'),
      spooled: integer('metrics that wait for the backend'),
      delivered: cumulative(integer('metrics that the backend has')),
      set_aside: integer('metrics that the backend refused'),
      dropped: cumulative(integer('metrics that are lost')),
      dropped_by_reason: counts('lost metrics by reason'),
      dropped_by_source: list(
        record({
          name: text('type of the lost metrics'),
          reason: text('why they are lost'),
          count: cumulative(integer('how many')),
        }),
        'lost metrics by type and reason',
        'name',
        'reason',
      ),
    },
    'collected + recovered = buffered + spooled + delivered + set_aside + dropped',
  ),
  servers: serverCosts,
  metrics_read: counts('metrics read, by type'),
  ticks_skipped: counts('reads left out because the one before took too long, by source'),
  troubles: counts('failures, by code'),
  failures: counts('failures, by source'),
  buffer: record({
    count: integer('metrics in it now'),
    empty: flag('whether it is empty now'),
    full: flag('whether it was full, and lost metrics, since the last sample'),
    overflows: cumulative(integer('times that it was full')),
    windows: cumulative(integer('windows that it has given on')),
    raw_bytes: cumulative(integer('bytes of all windows before compression')),
    compressed_bytes: cumulative(integer('bytes of all windows after it')),
    compression_ratio: nullable(number('raw / compressed; null before the first window')),
  }),
  pushes: record({
    attempts: cumulative(integer('requests')),
    delivered: cumulative(integer('payloads that the backend acknowledged')),
    sent_bytes: cumulative(integer('bytes of all bodies on the wire')),
    last_ms: nullable(number('round trip of the last acknowledged push')),
  }),
});

interface Look {
  readonly usage: ProcessUsage;
  readonly activity: AgentActivity;
}

/**
 * Type `agent`: the books, what the collector did since its start, and what it uses.
 *
 *     due       x-----------x-----------x
 *     result    m-----------m-----------m
 *
 * At least every 240 s, so that a quiet host does not count as down.
 */
export const agent = hostSource({
  type: 'agent',
  scope: 'host',
  settings: section('the collector itself', { default: 60, maximum: 240 }, {}),
  metrics: [Agent],
  read: (context) =>
    defer(() => {
      const { host, hostname, books$, activity$ } = context;
      let last: Look | undefined;
      return polled(context, { timeoutMs: TIMEOUT_MS }, () =>
        forkJoin({
          usage: host.process(),
          facts: host.facts(),
          books: books$.pipe(take(1)),
          activity: activity$.pipe(take(1)),
        }).pipe(
          map(({ usage, facts, books, activity }) => {
            const now = { usage, activity };
            const metric = { host: hostname, ...fields(last, now, books, facts) };
            last = now;
            // With many servers it is too long for one message.
            return parts({ type: 'agent', timestamp: timestampNow(), ...metric }, ['servers']);
          }),
        ),
      );
    }),
});

function fields(
  last: Look | undefined,
  { usage, activity }: Look,
  books: Books,
  facts: HostFacts,
): Omit<Static<typeof Agent>, 'type' | 'timestamp' | 'host' | 'part'> {
  const { windows, rawBytes, compressedBytes, overflows } = activity;
  const { dropped, setAside, ...balance } = books;
  return {
    version,
    node_version: facts.nodeVersion,
    config_version: activity.configVersion,
    configs_applied: activity.configs,
    uptime_seconds: rounded(usage.uptimeSeconds, 3),
    cpu_user_ms: rounded(usage.cpuUserMs, 3),
    cpu_system_ms: rounded(usage.cpuSystemMs, 3),
    cpu_percent: cpuPercent(last?.usage, usage),
    resident_bytes: usage.residentBytes,
    heap_used_bytes: usage.heapUsedBytes,
    event_loop_delay_p99_ms:
      usage.eventLoopDelayP99Ms === null ? null : rounded(usage.eventLoopDelayP99Ms, 3),
    books: {
      ...balance,
      set_aside: setAside,
      dropped: sumOf(dropped),
      dropped_by_reason: listed(dropped),
      dropped_by_source: Object.entries(activity.dropped)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([name, by]) =>
          listed(by).map(({ name: reason, count }) => ({ name, reason, count })),
        ),
    },
    servers: listedCosts(activity.costs),
    metrics_read: listed(activity.metrics),
    ticks_skipped: listed(activity.skipped),
    troubles: listed(activity.troubles),
    failures: listed(activity.failures),
    buffer: {
      count: books.buffered,
      empty: books.buffered === 0,
      full: overflows > (last?.activity.overflows ?? 0),
      overflows,
      windows,
      raw_bytes: rawBytes,
      compressed_bytes: compressedBytes,
      compression_ratio: compressedBytes > 0 ? rounded(rawBytes / compressedBytes) : null,
    },
    pushes: {
      attempts: activity.attempts,
      delivered: activity.pushes,
      sent_bytes: activity.sentBytes,
      last_ms: activity.lastPushMs,
    },
  };
}

function cpuPercent(before: ProcessUsage | undefined, now: ProcessUsage): number | null {
  const elapsedMs = before ? (now.uptimeSeconds - before.uptimeSeconds) * 1000 : 0;
  if (!before || elapsedMs <= 0) return null;
  const usedMs = now.cpuUserMs + now.cpuSystemMs - before.cpuUserMs - before.cpuSystemMs;
  return rounded((100 * usedMs) / elapsedMs);
}

const listed = (by: Counts) =>
  Object.entries(by)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => ({ name, count }));
