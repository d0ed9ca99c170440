import { gunzipSync, gzipSync } from 'node:zlib';
import { EMPTY, NEVER, defer, lastValueFrom, map, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Spool } from '../../../src/ports/spool.ts';
import { readEnvelope } from '../../../src/schema/envelope.ts';
import type { Entry } from '../../../src/schema/journal.ts';
import type { Json } from '../../../src/schema/json.ts';
import type { Line, Payload } from '../../../src/schema/payload.ts';
import { openJournal } from '../../../src/streams/journal.ts';
import { type StoreOptions, store } from '../../../src/streams/pipeline/store.ts';
import { marbles } from '../../support/marbles.ts';

const aLine = (seq: number, unit: string, mark?: Json): Line => {
  const json = JSON.stringify({ type: unit, seq });
  const line: Line = { seq, unit, type: unit, json, bytes: json.length };
  return mark === undefined ? line : { ...line, mark };
};

/** A store over a spool that remembers what it was given. */
function storing(set: Partial<StoreOptions> = {}, marks: Spool['marks'] = {}): Storing {
  const payloads: Payload[] = [];
  const entries: Entry[] = [];
  const journal = openJournal();
  journal.entries$.subscribe((entry) => entries.push(entry));
  const spool: Spool = {
    marks,
    recovered: {},
    entries$: NEVER,
    waiting$: NEVER,
    evicted$: NEVER,
    pressure$: NEVER,
    news$: NEVER,
    aside: { retry: () => EMPTY, drop: () => EMPTY },
    append: (payload) =>
      defer(() => {
        payloads.push(payload);
        return of(payload.header);
      }),
    read: () => EMPTY,
    settle: () => EMPTY,
    close: () => EMPTY,
  };
  let ids = 0;
  const storing: Storing = {
    payloads,
    entries,
    write: store({
      spool,
      journal,
      collectorId$: of('c-1'),
      hostname: 'db1',
      version: '1.2.3',
      newId: () => `p${ids++}`,
      compress: (data) => of(gzipSync(data)),
      ...set,
    }),
  };
  return storing;
}

interface Storing {
  readonly write: ReturnType<typeof store>;
  readonly payloads: readonly Payload[];
  readonly entries: readonly Entry[];
}

describe('store', () => {
  it('makes one durable payload of a window: envelope, gzip, header', async () => {
    const { write, payloads, entries } = storing();
    const header = await lastValueFrom(write([aLine(3, 'cpu'), aLine(4, 'disk'), aLine(5, 'cpu')]));
    const [payload] = payloads;
    const raw = gunzipSync(payload?.body ?? '').toString();
    expect(readEnvelope(raw)).toEqual({
      collector_id: 'c-1',
      hostname: 'db1',
      timestamp: header.createdAt,
      version: '1.2.3',
      metrics: ['{"type":"cpu","seq":3}', '{"type":"disk","seq":4}', '{"type":"cpu","seq":5}'],
    });
    expect(JSON.parse(raw)).toMatchObject({ metrics_count: 3 });
    expect(header).toEqual({
      id: 'p0',
      collectorId: 'c-1',
      counts: { cpu: 2, disk: 1 },
      seqs: [3, 5],
      rawBytes: raw.length,
      bytes: payload?.body.length,
      createdAt: header.createdAt,
      marks: {},
    });
    expect(entries.map(({ at }) => at)).toEqual(['batched', 'spooled']);
  });

  it('carries the newest mark of every unit in each header, those that were found at the start too', async () => {
    const { write } = storing({}, { log: 1, other: 7 });
    const first = await lastValueFrom(write([aLine(0, 'log', 2), aLine(1, 'log', 3)]));
    const second = await lastValueFrom(write([aLine(2, 'cpu')]));
    expect(first.marks).toEqual({ log: 3, other: 7 });
    expect(second.marks).toEqual({ log: 3, other: 7 });
  });

  it(
    'holds a window until the collector has an id',
    marbles(({ hot, expectObservable, flush }) => {
      const { write, payloads } = storing({ collectorId$: hot('-----c--', { c: 'c-9' }) });
      expectObservable(write([aLine(0, 'cpu')]).pipe(map(({ collectorId }) => collectorId))).toBe(
        '-----(c|)',
        { c: 'c-9' },
      );
      expect(payloads).toEqual([]);
      flush();
      expect(payloads).toHaveLength(1);
    }),
  );

  it('notes nothing as durable where the spool fails', async () => {
    const { entries, write } = storing({
      compress: () => throwError(() => new Error('no memory')),
    });
    await expect(lastValueFrom(write([aLine(0, 'cpu')]))).rejects.toThrow('no memory');
    expect(entries).toEqual([]);
  });
});
