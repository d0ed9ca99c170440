import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Demand, newFactors } from '../../../src/streams/governor/newFactors.ts';

const demand = (rhythm: string, costMs: number, slowest = 160): Demand => ({
  rhythm,
  interval: 10,
  costMs,
  slowest,
});
const none: ReadonlyMap<string, number> = new Map();
const factors = (
  demands: readonly Demand[],
  before: ReadonlyMap<string, number>,
  budget: number,
  mayRelax = true,
) => Object.fromEntries(newFactors(demands, before, budget, mayRelax));
/** ms per s */
const total = (demands: readonly Demand[], stretched: ReadonlyMap<string, number>) =>
  demands.reduce(
    (sum, { rhythm, interval, costMs }) => sum + costMs / interval / (stretched.get(rhythm) ?? 1),
    0,
  );

describe('newFactors', () => {
  it('leaves what fits alone', () => {
    expect(factors([demand('a', 50), demand('b', 50)], none, 10)).toEqual({});
  });

  it('stretches the first as far as needed, and the next only where that does not do', () => {
    expect(factors([demand('a', 60), demand('b', 50)], none, 10)).toEqual({ a: 2 });
    expect(factors([demand('a', 60), demand('b', 150)], none, 10)).toEqual({ a: 16, b: 2 });
    expect(factors([demand('a', 60, 20), demand('b', 150)], none, 10)).toEqual({ a: 2, b: 4 });
  });

  it('never goes beyond the slowest, though it does not suffice', () => {
    expect(factors([demand('a', 1e6, 50), demand('b', 1e6, 10)], none, 10)).toEqual({ a: 4 });
  });

  it('leaves alone what costs next to nothing', () => {
    expect(factors([demand('a', 0.9), demand('b', 300)], none, 10)).toEqual({ b: 4 });
  });

  it('relaxes only where a fifth of the budget would be left', () => {
    const before = new Map([['a', 4]]);
    expect(factors([demand('a', 99)], before, 10)).toEqual({ a: 2 });
    expect(factors([demand('a', 81)], before, 10)).toEqual({ a: 2 });
    expect(factors([demand('a', 80)], before, 10)).toEqual({});
  });

  it('relaxes nothing where it may not, and stretches all the same', () => {
    const before = new Map([['a', 4]]);
    expect(factors([demand('a', 1)], before, 10, false)).toEqual({ a: 4 });
    expect(factors([demand('a', 1_000)], before, 10, false)).toEqual({ a: 16 });
  });

  it('keeps within the budget, or everything is at its slowest', () => {
    const anyDemand = fc.record({
      costMs: fc.integer({ min: 0, max: 100_000 }),
      interval: fc.integer({ min: 1, max: 3600 }),
      times: fc.constantFrom(1, 2, 5, 16),
    });
    fc.assert(
      fc.property(
        fc.array(anyDemand, { maxLength: 12 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.array(fc.constantFrom(1, 2, 4, 8, 16), { maxLength: 12 }),
        (list, budget, older) => {
          const demands = list.map(({ costMs, interval, times }, index) => ({
            ...{ rhythm: `r${index}`, costMs, interval },
            slowest: interval * times,
          }));
          const before = new Map(
            demands.map(({ rhythm, interval, slowest }, index) => {
              const was = Math.min(
                older[index] ?? 1,
                2 ** Math.floor(Math.log2(slowest / interval)),
              );
              return [rhythm, was];
            }),
          );
          const next = newFactors(demands, before, budget, true);
          for (const { rhythm, interval, slowest } of demands) {
            expect(interval * (next.get(rhythm) ?? 1)).toBeLessThanOrEqual(slowest);
          }
          const givesAll = demands.every(
            ({ rhythm, interval, slowest, costMs }) =>
              costMs / interval < budget / 100 || interval * (next.get(rhythm) ?? 1) * 2 > slowest,
          );
          expect(total(demands, next) <= budget * (1 + 1e-9) || givesAll).toBe(true);
        },
      ),
    );
  });
});
