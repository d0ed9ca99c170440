import { describe, expect, it } from 'vitest';
import { isDue } from '../../../src/sources/pg_stats/memory.ts';

describe('isDue', () => {
  it('is true before the first read, and when the interval is over', () => {
    expect(isDue(null, 0, 60)).toBe(true);
    expect(isDue(1_000, 60_999, 60)).toBe(false);
    expect(isDue(1_000, 61_000, 60)).toBe(true);
  });

  it('is true at once where the clock was set back: nobody waits until it is there again', () => {
    expect(isDue(3_600_000, 0, 60)).toBe(true);
  });
});
