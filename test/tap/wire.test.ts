import fc from 'fast-check';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/schema/journal.ts';
import { history } from '../../src/tap/history.ts';
import { readMetric } from '../../src/tap/readMetric.ts';
import { readWire, writeTapped } from '../../src/tap/wire.ts';
import { aHeader, aMetric, acked } from '../streams/entries.ts';

const validated = (seq: number, json: string): Entry => ({
  at: 'validated',
  metric: readMetric(json),
  line: { seq, unit: 'main/"x"', type: 'pg_stats', json, bytes: Buffer.byteLength(json) },
});

describe('the lines between agent and tap', () => {
  it('carry each entry whole, and the text of a metric byte for byte', () => {
    const text = fc.string({ unit: 'binary' }).map((note) => JSON.stringify({ type: 'x', note }));
    fc.assert(
      fc.property(text, fc.nat(), (json, seq) => {
        const tapped = { seq, entry: validated(seq, json) };
        const written = writeTapped(seq, tapped.entry).text();
        expect(written).not.toContain('\n');
        expect(readWire(written)).toEqual({ tapped });
      }),
    );
    for (const entry of [acked({ sysstat: 2 }), { at: 'batched', header: aHeader({}) } as Entry]) {
      expect(readWire(writeTapped(1, entry).text())).toEqual({ tapped: { seq: 1, entry } });
    }
    expect(readWire('{"skipped":4}')).toEqual({ skipped: 4 });
  });

  it('keep integers that no number can hold', () => {
    const json =
      '{"type":"x","big":9223372036854775807,"list":[-9007199254740993],"text":"9223372036854775807,"}';
    expect(readMetric(json)).toEqual({
      type: 'x',
      big: '9223372036854775807',
      list: ['-9007199254740993'],
      text: '9223372036854775807,',
    });
    expect(readMetric('{"n":1234567890123456,"f":1.12345678901234567}')).toEqual({
      n: 1234567890123456,
      f: 1.12345678901234567,
    });
  });
});

describe('history', () => {
  const one = (seq: number): Entry => validated(seq, '{"type":"pg_stats"}');
  const seqs = (entries: readonly Entry[]): number[] =>
    entries.map((entry) => (entry.at === 'validated' ? entry.line.seq : -1));

  it('gives what came within the time, oldest first, each metric once', () => {
    new TestScheduler(() => undefined).run(({ cold, flush }) => {
      const past = history(1_000_000);
      const seen: number[][] = [];
      cold('a 999ms b 999ms c').subscribe((name) => {
        past.keep({ at: 'source', unit: 'u', metric: aMetric() });
        past.keep(one('abc'.indexOf(name)));
        seen.push(seqs(past.since(1_500)));
      });
      flush();
      expect(seen).toEqual([[0], [0, 1], [1, 2]]);
    });
  });

  it('stays within its bytes and forgets the oldest', () => {
    const past = history(190);
    for (let seq = 0; seq < 5_000; seq++) past.keep(one(seq));
    expect(seqs(past.since(Infinity))).toEqual(Array.from({ length: 10 }, (_, n) => 4_990 + n));
    const none = history(0);
    none.keep(one(1));
    expect(none.since(Infinity)).toEqual([]);
  });
});
