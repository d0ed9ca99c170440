import { describe, expect, it } from 'vitest';
import { Spending } from '../../../src/streams/governor/spending.ts';

const sums = (spending: Spending, now: number) => Object.fromEntries(spending.sums(now));

describe('Spending', () => {
  it('adds up ten minutes by name, and forgets what is older', () => {
    const spending = new Spending(0);
    spending.add('a', 5, 0);
    spending.add('a', 7, 29_999);
    spending.add('b', 1, 300_000);
    expect(sums(spending, 599_999)).toEqual({
      a: { ms: 12, statements: 2 },
      b: { ms: 1, statements: 1 },
    });
    expect(sums(spending, 600_000)).toEqual({ b: { ms: 1, statements: 1 } });
    expect(sums(spending, 5_000_000)).toEqual({});
  });

  it('says how long it has looked', () => {
    const spending = new Spending(1_000);
    expect(spending.seenMs(61_000)).toBe(60_000);
    expect(spending.seenMs(10_000_000)).toBe(600_000);
  });

  it('goes on where the clock is set back', () => {
    const spending = new Spending(1_000_000);
    spending.add('a', 5, 1_000_000);
    spending.add('a', 6, 10);
    expect(sums(spending, 10)).toEqual({ a: { ms: 11, statements: 2 } });
  });
});
