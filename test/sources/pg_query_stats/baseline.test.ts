import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Baseline } from '../../../src/sources/pg_query_stats/baseline.ts';

const measures = fc.array(fc.nat(), { minLength: 5, maxLength: 5 });

describe('Baseline', () => {
  it('knows how much each measure of each statement increased, or all of it after a reset', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(measures, measures), { maxLength: 200 }), (statements) => {
        const baseline = new Baseline();
        statements.forEach(([then], index) => baseline.note(String(index), then));
        statements.forEach(([then, now], index) => {
          expect(baseline.increases(String(index), now)).toStrictEqual(
            now.map((value, n) => (value < then[n]! ? value : value - then[n]!)),
          );
        });
      }),
    );
  });

  it('takes what it does not know for new, and the last of what was noted twice', () => {
    const baseline = new Baseline();
    expect(baseline.increases('a', [1, 2, 3, 4, 5])).toStrictEqual([1, 2, 3, 4, 5]);
    baseline.note('a', [1, 1, 1, 1, 1]);
    baseline.note('a', [1, 2, 2, 2, 2]);
    expect(baseline.increases('a', [1, 2, 3, 4, 5])).toStrictEqual([0, 0, 1, 2, 3]);
  });
});
