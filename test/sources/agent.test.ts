import { type Observable, asyncScheduler, defer, lastValueFrom, map, of, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { host } from '../../src/io/host.ts';
import type { HostFacts, ProcessUsage } from '../../src/ports/host.ts';
import { emptyActivity } from '../../src/schema/activity.ts';
import { emptyBooks } from '../../src/schema/books.ts';
import { codec } from '../../src/schema/codec.ts';
import { version } from '../../src/schema/version.ts';
import { agent } from '../../src/sources/agent.ts';
import type { Sample } from '../../src/sources/source.ts';
import { fakeHost, held, hostContext } from '../support/hostContext.ts';
import { marbles } from '../support/marbles.ts';

const check = codec(agent.metrics[0]!);

/** A process that uses a tenth of a processor. */
const usage = (): ProcessUsage => ({
  uptimeSeconds: 100 + asyncScheduler.now() / 1000,
  residentBytes: 80_000_000,
  heapUsedBytes: 20_000_000,
  cpuUserMs: 500 + asyncScheduler.now() * 0.08,
  cpuSystemMs: 100 + asyncScheduler.now() * 0.02,
  eventLoopDelayP99Ms: asyncScheduler.now() === 0 ? null : 1.2345,
});
const calm = fakeHost({
  process: () => defer(() => of(usage())),
  facts: () => of({ nodeVersion: 'v20.20.2' } as HostFacts),
});

function seen(source: Observable<Sample>): Observable<Record<string, unknown>> {
  return source.pipe(
    map(({ metric }) => {
      expect(check(metric)).toHaveProperty('json');
      return { at: metric.timestamp, cpu: metric['cpu_percent'] };
    }),
  );
}

describe('agent', () => {
  it(
    'tells of itself at the start and every minute, processor time of the interval',
    marbles(({ expectObservable }) => {
      expectObservable(seen(agent.read(hostContext(agent, { host: calm }))), '130s !').toBe(
        'a 59999ms b 59999ms c',
        {
          a: { at: '1970-01-01T00:00:00.000Z', cpu: null },
          b: { at: '1970-01-01T00:01:00.000Z', cpu: 10 },
          c: { at: '1970-01-01T00:02:00.000Z', cpu: 10 },
        },
      );
    }),
  );

  it('may not be silent for longer than 240 s', () => {
    expect(agent.settings).toMatchObject({
      properties: { interval: { maximum: 240, default: 60 } },
    });
  });

  it('carries the books and what was done, in its schema', async () => {
    const books = {
      ...emptyBooks,
      collected: 100,
      recovered: 5,
      buffered: 10,
      spooled: 20,
      delivered: 70,
      setAside: 2,
      dropped: { spool_full: 2, invalid: 1 },
    };
    const activity = {
      ...emptyActivity,
      skipped: { 'main/pg_stats': 3 },
      troubles: { ERR_QUERY: 2 },
      metrics: { sysstat: 60, agent: 40 },
      windows: 4,
      rawBytes: 1000,
      compressedBytes: 250,
      overflows: 1,
      attempts: 5,
      pushes: 4,
      sentBytes: 300,
      lastPushMs: 12.5,
      configs: 2,
      configVersion: 7,
      costs: {
        main: {
          budget: 1,
          spent: 0.12345,
          reads: [
            {
              ...{ source: 'pg_stats', key: 'relations_interval', statements: 4 },
              ...{ ms: 12.345, interval: 300, inForce: 600 },
            },
            { source: 'facts', key: null, statements: 2, ms: 1, interval: null, inForce: null },
          ],
        },
      },
    };
    const context = hostContext(agent, {
      host: calm,
      books$: held(books),
      activity$: held(activity),
    });
    const { metric } = await lastValueFrom(agent.read(context).pipe(take(1)));
    expect(check(metric)).toHaveProperty('json');
    expect(metric).toMatchObject({
      type: 'agent',
      host: 'db1',
      version,
      node_version: 'v20.20.2',
      config_version: 7,
      books: {
        collected: 100,
        recovered: 5,
        buffered: 10,
        spooled: 20,
        delivered: 70,
        set_aside: 2,
        dropped: 3,
        dropped_by_reason: [
          { name: 'invalid', count: 1 },
          { name: 'spool_full', count: 2 },
        ],
      },
      metrics_read: [
        { name: 'agent', count: 40 },
        { name: 'sysstat', count: 60 },
      ],
      servers: [
        {
          server: 'main',
          budget_percent: 1,
          spent_percent: 0.123,
          reads: [
            {
              ...{ source: 'pg_stats', key: 'relations_interval', statements: 4 },
              ...{ spent_ms: 12.35, interval: 300, interval_in_force: 600 },
            },
            { source: 'facts', key: null, interval: null },
          ],
        },
      ],
      ticks_skipped: [{ name: 'main/pg_stats', count: 3 }],
      troubles: [{ name: 'ERR_QUERY', count: 2 }],
      buffer: { count: 10, empty: false, full: true, windows: 4, compression_ratio: 4 },
      pushes: { attempts: 5, delivered: 4, sent_bytes: 300, last_ms: 12.5 },
    });
  });

  it(
    'says that the buffer was full only of the time since the last sample',
    marbles(({ expectObservable }) => {
      const context = hostContext(agent, {
        host: calm,
        activity$: held({ ...emptyActivity, overflows: 3 }),
      });
      const full$ = agent
        .read(context)
        .pipe(map(({ metric }) => (metric['buffer'] as { full: boolean }).full));
      expectObservable(full$, '61s !').toBe('t 59999ms f', { t: true, f: false });
    }),
  );

  it('tells of this process', async () => {
    const port = host();
    try {
      const context = hostContext(agent, { host: port, settings: { interval: 1 } });
      const { metric } = await lastValueFrom(agent.read(context).pipe(take(2)));
      expect(check(metric)).toHaveProperty('json');
      expect(metric['resident_bytes']).toBeGreaterThan(10_000_000);
      expect(metric['cpu_percent']).toBeGreaterThan(0);
      // Null where the loop was so busy, or the time so short, that nothing was measured.
      expect(metric['event_loop_delay_p99_ms'] ?? 0).toBeGreaterThanOrEqual(0);
    } finally {
      port.close();
    }
  });
});
