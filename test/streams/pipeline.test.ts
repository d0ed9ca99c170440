import { gzipSync } from 'node:zlib';
import { NEVER, type Observable, map, merge, mergeMap, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { memorySpool } from '../../src/io/memorySpool.ts';
import type { OpenSpool, Spool } from '../../src/ports/spool.ts';
import { writeEnvelope } from '../../src/schema/envelope.ts';
import type { Json } from '../../src/schema/json.ts';
import type { Payload } from '../../src/schema/payload.ts';
import type { Sample } from '../../src/sources/source.ts';
import { countingSource, givenSource } from '../support/countingSource.ts';
import { simulate } from '../support/simulate.ts';

const timestamp = '2026-01-02T03:04:05.678Z';

const alarm = (n: Json): Sample => ({
  metric: { type: 'alarm', timestamp, n, server: '' },
  urgent: true,
});

/** A payload of an earlier run. */
function earlier(id: string): Payload {
  const metrics = [
    JSON.stringify({ type: 'cpu', timestamp: '2026-01-02T03:04:05.678Z', n: -1, server: '' }),
  ];
  const raw = writeEnvelope({ collector_id: 'x', hostname: 'db1', timestamp: 'T', metrics });
  const body = gzipSync(raw);
  return {
    body,
    header: {
      id,
      collectorId: 'x',
      counts: { cpu: 1 },
      seqs: [0, 0],
      rawBytes: raw.length,
      bytes: body.length,
      createdAt: 'T',
      marks: { log: 'there' },
    },
  };
}

/** A spool that an earlier run left something in. */
function leftBehind(payload: Payload): { readonly spool: OpenSpool } {
  function spool(limits: { readonly maxBytes: number }): Observable<Spool> {
    return memorySpool(limits).pipe(
      mergeMap((kept) => {
        const { entries$, waiting$, evicted$, pressure$, news$, aside } = kept;
        const found: Spool = {
          ...{ entries$, waiting$, evicted$, pressure$, news$, aside },
          marks: payload.header.marks,
          recovered: payload.header.counts,
          append: (one) => kept.append(one),
          read: (entry) => kept.read(entry),
          settle: (entry, fate) => kept.settle(entry, fate),
          close: () => kept.close(),
        };
        return kept.append(payload).pipe(map(() => found));
      }),
    );
  }
  const left: { readonly spool: OpenSpool } = { spool };
  return left;
}

describe('pipeline', () => {
  it('delivers what an earlier run left before what it reads, under the new id, and books it as recovered', () => {
    const run = simulate({
      sources: [countingSource('cpu')],
      ports: { replace: leftBehind(earlier('left')) },
      stopAtMs: 120_000,
    });
    expect(run.books.recovered).toBe(1);
    expect(run.books.delivered).toBe(run.books.collected + 1);
    expect(run.backend.stored[0]).toMatchObject({ key: 'left', metrics: [{ n: -1 }] });
    expect(run.numbers('cpu')[1]).toBe(0);
  });

  it('resumes each source at the mark that was found', () => {
    const seen: unknown[] = [];
    const log = givenSource('log', ({ durable$ }) =>
      merge(
        durable$.pipe(
          map((mark) => {
            seen.push(mark);
            return { metric: { type: 'log', timestamp: '2026-01-02T03:04:05Z', n: 1, server: '' } };
          }),
        ),
        NEVER,
      ),
    );
    simulate({
      sources: [log],
      ports: { replace: leftBehind(earlier('left')) },
      stopAtMs: 1_000,
    });
    expect(seen).toEqual(['there']);
  });

  it('sends what is urgent within two seconds with all that waits, and so early at most once in five', () => {
    const urgentAt = [10_000, 10_500, 12_000, 40_000];
    const alarm$ = merge(...urgentAt.map((ms) => timer(ms).pipe(map(() => alarm(ms)))), NEVER);
    const run = simulate({
      sources: [countingSource('cpu', { everyS: 3 }), givenSource('alarm', () => alarm$)],
      stopAtMs: 100_000,
    });
    const windows = run.of('acked').map(({ ms }) => Math.round(ms / 1000));
    expect(windows.slice(0, 4)).toEqual([11, 16, 41, 101]);
    expect(run.backend.stored[0]?.metrics.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['cpu', 'alarm']),
    );
    expect(run.backend.metrics('alarm').map(({ n }) => n)).toEqual(urgentAt);
  });

  it('does not hurry for what fails its schema', () => {
    const alarm$ = timer(10_000).pipe(map(() => alarm('no number')));
    const run = simulate({
      sources: [countingSource('cpu', { everyS: 3 }), givenSource('alarm', () => alarm$)],
      stopAtMs: 50_000,
    });
    expect(run.of('dropped')).toHaveLength(1);
    expect(run.of('acked').every(({ ms }) => ms >= 50_000)).toBe(true);
  });

  it('drops what cannot outlive the process at the end, by payload, as shutdown', () => {
    const run = simulate({
      sources: [countingSource('cpu')],
      script: { 1_001: ({ backend }) => (backend.hanging = true) },
      stopAtMs: 200_000,
    });
    const dropped = run.of('dropped');
    expect(dropped.map(({ entry }) => entry.from)).toEqual(dropped.map(() => 'spooled'));
    expect(dropped.length).toBeGreaterThan(2);
    expect(run.books.dropped).toEqual({ shutdown: run.books.collected });
  });
});
