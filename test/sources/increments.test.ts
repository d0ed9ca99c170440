import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Int64 } from '../../src/schema/fields.ts';
import { Increments } from '../../src/sources/increments.ts';

const reading = (value: Int64 | null, epoch: string | null = 'a') => ({ value, epoch });
const grown = (...values: ReturnType<typeof reading>[]) => {
  const increments = new Increments();
  return values.map((each) => increments.next(new Map([['x', each]])).get('x'));
};

describe('Increments', () => {
  it('tells how much a counter grew, and nothing at the first reading or across a reset', () => {
    expect(grown(reading(3), reading(5), reading(5), reading(9, 'b'), reading(10, 'b'))).toEqual([
      null,
      2,
      0,
      null,
      1,
    ]);
  });

  it('tells nothing where a counter went back or is missing, and compares with it from then on', () => {
    expect(grown(reading(5), reading(2), reading(null), reading(3), reading(4))).toEqual([
      null,
      null,
      null,
      null,
      1,
    ]);
  });

  it('is exact beyond 2^53', () => {
    expect(grown(reading('9223372036854775800'), reading('9223372036854775807'))).toEqual([
      null,
      7,
    ]);
  });

  it('forgets what is read no more', () => {
    const increments = new Increments();
    increments.next(new Map([['x', reading(1)]]));
    increments.next(new Map());
    expect(increments.next(new Map([['x', reading(2)]])).get('x')).toBeNull();
  });

  it('never invents an increment, over resets, restarts, gaps and wraps', () => {
    /** What a counter does between two readings. */
    const step = fc.oneof(
      fc.record({ does: fc.constant('grows' as const), by: fc.nat(1_000) }),
      fc.record({
        does: fc.constantFrom('resets' as const, 'crashes' as const),
        by: fc.nat(3_000),
      }),
      fc.record({ does: fc.constant('is missing' as const), by: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const increments = new Increments();
        let value = 0;
        let epoch = 0;
        let happened = 0;
        let told = 0;
        for (const { does, by } of steps) {
          if (does === 'grows') value += by;
          // After a reset what is counted anew has happened as well; nobody saw from where.
          if (does === 'resets') [value, epoch] = [by, epoch + 1];
          // A crash that left the epoch alone: only the value tells.
          if (does === 'crashes') value = Math.min(by, value);
          happened += does === 'is missing' || does === 'crashes' ? 0 : by;
          const read = reading(does === 'is missing' ? null : value, String(epoch));
          const increment = increments.next(new Map([['x', read]])).get('x') ?? 0;
          expect(increment).toBeGreaterThanOrEqual(0);
          told += increment;
          expect(told).toBeLessThanOrEqual(happened);
        }
      }),
    );
  });
});
