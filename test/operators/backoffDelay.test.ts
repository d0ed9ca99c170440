import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffDelay } from '../../src/operators/backoffDelay.ts';

const nearlyOne = (): number => 1 - 2 ** -53;

describe('backoffDelay', () => {
  it('doubles the most that it waits with each attempt, up to the maximum', () => {
    const most = [1, 2, 3, 4, 5, 6].map((attempt) =>
      backoffDelay(attempt, { initialMs: 1000, maxMs: 10_000 }, () => 0.9999999),
    );
    expect(most).toStrictEqual([999, 1999, 3999, 7999, 9999, 9999]);
  });

  it('waits for a random part of it, from nothing on', () => {
    const options = { initialMs: 1000, maxMs: 10_000 };
    expect(backoffDelay(3, options, () => 0)).toBe(0);
    expect(backoffDelay(3, options, () => 0.25)).toBe(1000);
    expect(backoffDelay(3, options, () => 0.5)).toBe(2000);
  });

  it('spreads those who failed together over the whole range', () => {
    const delays = Array.from({ length: 2000 }, () =>
      backoffDelay(4, { initialMs: 1000, maxMs: 60_000 }),
    );
    expect(Math.min(...delays)).toBeLessThan(400);
    expect(Math.max(...delays)).toBeGreaterThan(7600);
    const mean = delays.reduce((sum, ms) => sum + ms, 0) / delays.length;
    expect(Math.abs(mean - 4000)).toBeLessThan(400);
  });

  it('stays at the maximum after ten thousand attempts', () => {
    expect(backoffDelay(10_000, { initialMs: 1000, maxMs: 60_000 }, nearlyOne)).toBe(59_999);
    expect(backoffDelay(10_000, { initialMs: 0, maxMs: 60_000 }, nearlyOne)).toBe(0);
  });

  it('is a whole number of ms that a timer can wait, whatever it is given', () => {
    const odd = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.constantFrom(NaN, Infinity, -Infinity, 0, -1, 2 ** 31, Number.MAX_VALUE),
    );
    fc.assert(
      fc.property(odd, odd, odd, fc.constantFrom(0, 0.5, nearlyOne()), (n, initialMs, maxMs, r) => {
        const ms = backoffDelay(n, { initialMs, maxMs }, () => r);
        expect(Number.isInteger(ms) && ms >= 0 && ms < 2 ** 31).toBe(true);
      }),
    );
  });
});
