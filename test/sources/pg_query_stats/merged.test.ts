import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { merged } from '../../../src/sources/pg_query_stats/merged.ts';

const row = (fields: object) => ({
  hash: '-8441324848661855122',
  user: 'a',
  toplevel: true,
  ...fields,
});

describe('merged', () => {
  it('adds up the rows of one statement and leaves others as they are', () => {
    const other = row({ hash: 7, calls: 1 });
    const [both, alone] = merged([
      row({ calls: 2, total_time: 10, wal_bytes: '9007199254740993', min_time: 1, max_time: 9 }),
      other,
      row({ user: 'b', calls: 3, total_time: 5.5, wal_bytes: 2, min_time: 0.5, max_time: 3 }),
    ]);
    expect(alone).toBe(other);
    expect(both).toMatchObject({
      hash: '-8441324848661855122',
      user: null,
      toplevel: true,
      calls: 5,
      total_time: 15.5,
      wal_bytes: '9007199254740995',
      min_time: 0.5,
      max_time: 9,
    });
    expect(both).not.toHaveProperty('entries');
  });

  it('keeps null what nothing measured, and counts since the latest moment', () => {
    const [both] = merged([
      row({ calls: 0, blk_read_time: null, min_time: null, stats_since: '2026-01-02T00:00:00Z' }),
      row({ calls: 0, blk_read_time: null, min_time: null, stats_since: '2026-01-03T00:00:00Z' }),
    ]);
    expect(both).toMatchObject({
      blk_read_time: null,
      min_time: null,
      mean_time: null,
      stddev_time: null,
      stats_since: '2026-01-03T00:00:00Z',
    });
  });

  it('has the mean and deviation of all executions together', () => {
    const times = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 20 });
    const statistics = (all: readonly number[]) => {
      const mean = all.reduce((a, b) => a + b, 0) / all.length;
      const square = all.reduce((a, b) => a + (b - mean) ** 2, 0) / all.length;
      return { calls: all.length, mean_time: mean, stddev_time: Math.sqrt(square) };
    };
    fc.assert(
      fc.property(times, times, (a, b) => {
        const [both] = merged([row(statistics(a)), row(statistics(b))]);
        const expected = statistics([...a, ...b]);
        expect(both?.['calls']).toBe(expected.calls);
        expect(both?.['mean_time']).toBeCloseTo(expected.mean_time, 6);
        expect(both?.['stddev_time']).toBeCloseTo(expected.stddev_time, 6);
      }),
    );
  });
});
