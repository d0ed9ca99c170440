import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/schema/json.ts';
import type { Metric } from '../../src/schema/metric.ts';
import { lateParts, parts } from '../../src/sources/parts.ts';

const base = { type: 't', timestamp: '2026-01-02T03:04:05.678Z', server: 'main', size: 1 };
const items = fc.array(fc.record({ name: fc.string({ unit: 'binary' }), n: fc.nat() }), {
  maxLength: 60,
  size: 'max',
});
const bytes = (value: Json) => Buffer.byteLength(JSON.stringify(value));

describe('parts', () => {
  it('returns a metric that fits as it is', () => {
    const metric: Metric = { ...base, rows: [1, 2, 3] };
    expect(parts(metric, ['rows'])).toStrictEqual([metric]);
    expect(parts(base, ['rows'])).toStrictEqual([base]);
  });

  it('loses nothing, keeps the order and repeats the fixed fields', () => {
    fc.assert(
      fc.property(items, items, fc.integer({ min: 600, max: 3000 }), (a, b, maxBytes) => {
        const metric: Metric = { ...base, a, b };
        const split = parts(metric, ['a', 'b'], maxBytes);
        expect(split.flatMap((part) => part['a'] as Json[])).toStrictEqual(a);
        expect(split.flatMap((part) => part['b'] as Json[])).toStrictEqual(b);
        const ids = new Set<Json>();
        split.forEach((each, index) => {
          const { part } = each;
          expect({ ...each, a: [], b: [] }).toStrictEqual({
            ...base,
            a: [],
            b: [],
            ...(part !== undefined && { part }),
          });
          if (split.length === 1) return;
          expect(part).toMatchObject({ index, of: split.length });
          ids.add((part as Readonly<Record<string, Json>>)['read_id']!);
        });
        expect(ids.size).toBe(split.length === 1 ? 0 : 1);
      }),
    );
  });

  it('makes no part larger than asked for, unless one item alone is', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 600, max: 3000 }), (a, maxBytes) => {
        for (const part of parts({ ...base, a }, ['a'], maxBytes)) {
          if ((part['a'] as Json[]).length > 1) expect(bytes(part)).toBeLessThanOrEqual(maxBytes);
        }
      }),
    );
  });

  it('gives another reading another id', () => {
    const read_id = (timestamp: string) =>
      (
        parts({ ...base, timestamp, a: ['x'.repeat(50), 'y'] }, ['a'], 10)[0]!['part'] as {
          read_id: string;
        }
      ).read_id;
    expect(read_id('2026-01-02T03:04:05.678Z')).not.toBe(read_id('2026-01-02T03:05:05.678Z'));
  });

  it('makes the items of a late list when their part is asked for, and where the list belongs', () => {
    const made: number[] = [];
    function* items(): Generator<Json> {
      for (let n = 0; n < 4; n++) {
        made.push(n);
        yield n;
      }
    }
    const metric: Metric = { ...base, rows: [], total: 4 };
    const late = { rows: { bytes: [300, 300, 300, 300], items: items() } };
    const split = lateParts(metric, late, 1_000);
    expect(made).toStrictEqual([]);
    expect(split.next().value).toMatchObject({ rows: [0, 1], total: 4, part: { index: 0, of: 2 } });
    expect(made).toStrictEqual([0, 1]);
    const last = split.next().value as Metric;
    expect(last).toMatchObject({ rows: [2, 3] });
    expect(Object.keys(last)).toStrictEqual([...Object.keys(metric), 'part']);
    expect(split.next().done).toBe(true);
  });
});
