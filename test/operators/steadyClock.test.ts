import { describe, expect, it } from 'vitest';
import { steadyClock } from '../../src/operators/steadyClock.ts';

const HOUR = 3_600_000;

/** What the clock says at each look, for a wall clock that says this. */
function looks(first: number, ...others: readonly number[]): number[] {
  let now = first;
  const clock = steadyClock({
    now: () => now,
    schedule: () => {
      throw new Error('it only looks');
    },
  });
  return others.map((at) => {
    now = at;
    return clock();
  });
}

describe('steadyClock', () => {
  it('counts from its making on', () => {
    expect(looks(5, 5, 6, 8)).toEqual([0, 1, 3]);
  });

  it('stands still where the wall clock is set back, and goes on from there', () => {
    expect(looks(3 * HOUR, 3 * HOUR + 10, 20, 30)).toEqual([10, 10, 20]);
  });

  it('takes a wall clock that is set forward at its word', () => {
    expect(looks(0, 10, HOUR + 10, HOUR + 20)).toEqual([10, HOUR + 10, HOUR + 20]);
  });
});
