import { NEVER, asyncScheduler, from, ignoreElements, map, merge, of, tap, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Metric } from '../../src/schema/metric.ts';
import type { Sample } from '../../src/sources/source.ts';
import { countingSource, givenSource, serverCountingSource } from '../support/countingSource.ts';
import { simulate } from '../support/simulate.ts';

const metric = (set: Record<string, unknown> = {}): Metric => ({
  type: 'given',
  timestamp: '2026-01-02T03:04:05.678Z',
  n: 1,
  server: '',
  ...(set as Record<string, string>),
});
const collected = (...samples: Sample[]) =>
  simulate({ sources: [givenSource('given', () => merge(from(samples), NEVER))], stopAtMs: 1_000 });

describe('collect', () => {
  it('numbers what it lets through, names its unit, and keeps its text and mark', () => {
    const run = collected({ metric: metric() }, { metric: metric({ n: 2 }), mark: { at: 7 } });
    expect(run.of('validated').map(({ entry }) => entry.line)).toEqual([
      expect.objectContaining({ seq: 0, unit: 'given', type: 'given' }),
      expect.objectContaining({ seq: 1, unit: 'given', mark: { at: 7 } }),
    ]);
    const [first] = run.of('validated');
    expect(JSON.parse(first?.entry.line.json ?? '')).toEqual(metric());
    expect(run.of('spooled')[0]?.entry.header.marks).toEqual({ given: { at: 7 } });
  });

  it.each<[string, Metric, string]>([
    ['a type that nobody registered', metric({ type: 'unheard' }), 'no schema is registered'],
    ['a field that is missing', { type: 'given', timestamp: metric().timestamp }, 'n'],
    ['a field too many', metric({ extra: 1 }), 'extra'],
    ['a field of another type', metric({ n: 'one' }), 'n must be integer'],
    ['a timestamp that is none', metric({ timestamp: 'yesterday' }), 'timestamp'],
    ['more than 256 KiB', metric({ server: 'x'.repeat(262_144) }), '262144'],
  ])('refuses %s, counts it, says why, and sends the next one', (_, wrong, why) => {
    const run = collected({ metric: wrong }, { metric: metric({ n: 5 }) });
    expect(run.books).toMatchObject({ collected: 2, delivered: 1, dropped: { invalid: 1 } });
    const [dropped] = run.of('dropped');
    expect(dropped?.entry).toMatchObject({ reason: 'invalid', counts: { [wrong.type]: 1 } });
    expect(dropped?.entry.problem).toContain(why);
    expect(run.numbers('given')).toEqual([5]);
  });

  it('ends when all sources have ended after the stop, not before', () => {
    const brief = givenSource('given', () => of({ metric: metric() }));
    const run = simulate({ sources: [brief, countingSource('cpu')], stopAtMs: 60_000 });
    expect(run.reads('cpu').length).toBeGreaterThan(4);
    expect(run.endedMs).toBeGreaterThanOrEqual(60_000);
  });

  it('shows host sources the servers that are monitored, as they come and go', () => {
    const seen: string[] = [];
    const source = givenSource('given', ({ servers$ }) =>
      merge(
        servers$.pipe(
          tap((servers) => {
            const names = servers.map(({ name }) => name).join();
            seen.push(`${asyncScheduler.now()} ${names}`);
          }),
          ignoreElements(),
        ),
        NEVER,
      ),
    );
    const listing = (...names: string[]): string =>
      names.map((name) => `[[postgres]]\nname = "${name}"\nhost = "db1"\n`).join('');
    const run = simulate({
      sources: [source, serverCountingSource('activity', 5)],
      text: listing('a', 'b'),
      // Reads are in flight at each change: what goes is seen to go before it has ended.
      ports: { queryMs: 4_900 },
      script: {
        20_001: ({ edit }) => edit(listing('b', 'c')),
        40_001: ({ edit }) => edit(`${listing('b', 'c')}port = 6543\n`),
        60_001: ({ edit }) => edit(listing('a')),
      },
      stopAtMs: 90_001,
    });
    expect(run.servers.filter((name) => name.startsWith('-'))).toHaveLength(4);
    // Each that goes or comes is a change of its own; other settings are none.
    expect(seen.slice(0, -1)).toEqual([
      '0 ',
      '0 a',
      '0 a,b',
      '20001 b',
      '20001 b,c',
      '60001 c',
      '60001 ',
      '60001 a',
    ]);
  });

  it('tells a source which of its marks are durable', () => {
    const seen: unknown[] = [];
    const source = givenSource('given', ({ durable$ }) =>
      merge(
        durable$.pipe(
          tap((mark) => seen.push(mark)),
          ignoreElements(),
        ),
        of({ metric: metric(), mark: 'here' }),
        timer(90_000).pipe(map(() => ({ metric: metric(), mark: 'there' }))),
        NEVER,
      ),
    );
    simulate({ sources: [source], stopAtMs: 200_000 });
    expect(seen).toEqual([undefined, 'here', 'there']);
  });
});
