import { describe, expect, it } from 'vitest';
import { HitRatios } from '../../../src/sources/pg_cache/hitRatios.ts';

const hits = (hit: number | string, read: number, epoch = 'a', name: string | null = 'shop') => ({
  name,
  stats_epoch: epoch,
  blks_hit: hit,
  blks_read: read,
});

describe('HitRatios', () => {
  it('is null at first, then what was hit since the reading before', () => {
    const ratios = new HitRatios();
    expect(ratios.since([hits(1000, 0)])).toStrictEqual([null]);
    expect(ratios.since([hits(1075, 25)])).toStrictEqual([0.75]);
    expect(ratios.since([hits(1075, 35)])).toStrictEqual([0]);
  });

  it('is null where no block was needed: that is no ratio', () => {
    const ratios = new HitRatios();
    ratios.since([hits(5, 5)]);
    expect(ratios.since([hits(5, 5)])).toStrictEqual([null]);
  });

  it('is null across a reset, and where a counter went back', () => {
    const ratios = new HitRatios();
    ratios.since([hits(100, 100)]);
    expect(ratios.since([hits(200, 200, 'b')])).toStrictEqual([null]);
    expect(ratios.since([hits(100, 300, 'b')])).toStrictEqual([null]);
  });

  it('keeps databases apart, and forgets those that are gone', () => {
    const ratios = new HitRatios();
    ratios.since([hits(0, 0, 'a', null), hits(0, 0)]);
    expect(ratios.since([hits(1, 1, 'a', null)])).toStrictEqual([0.5]);
    expect(ratios.since([hits(9, 1)])).toStrictEqual([null]);
  });
});
