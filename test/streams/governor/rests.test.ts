import { describe, expect, it } from 'vitest';
import { QueryError, UnreachableError } from '../../../src/errors.ts';
import { Rests } from '../../../src/streams/governor/rests.ts';

const timeout = new QueryError('57014', 'a/b', 'canceling statement due to statement timeout');
const MINUTE = 60_000;

/** The minutes in which a query that is due each minute is asked; `answer` says how it ends. */
function asked(minutes: number, answer: (minute: number) => unknown): number[] {
  const rests = new Rests();
  return Array.from({ length: minutes }, (_, minute) => minute).filter((minute) => {
    if (rests.refusal('a/b', minute * MINUTE)) return false;
    rests.ended('a/b', answer(minute), minute * MINUTE);
    return true;
  });
}

describe('Rests', () => {
  it('lets a query rest after three time-outs in a row, ever longer, at most half an hour', () => {
    expect(asked(130, () => timeout)).toEqual([0, 1, 2, 3, 5, 9, 17, 33, 63, 93, 123]);
  });

  it('asks as before once it answers', () => {
    expect(asked(12, (minute) => (minute < 6 ? timeout : null))).toEqual([
      ...[0, 1, 2, 3, 5],
      ...[9, 10, 11],
    ]);
  });

  it('does not hold against a query what is no time-out of its own', () => {
    const others = [
      new QueryError('55P03', 'a/b', 'lock not available'),
      new UnreachableError('timeout', 'no answer', null),
    ];
    for (const other of others) expect(asked(10, () => other)).toHaveLength(10);
    expect(asked(9, (minute) => (minute % 3 === 2 ? null : timeout))).toHaveLength(9);
  });

  it('says which query, how often, and for how long', () => {
    const rests = new Rests();
    for (let time = 0; time < 3; time++) rests.ended('a/b (shop)', timeout, 0);
    expect(rests.refusal('a/b (shop)', 1)?.message).toBe(
      'a/b (shop) timed out 3 times in a row; it rests for 1 min',
    );
    expect(rests.refusal('a/b (other)', 1)).toBeUndefined();
  });

  it('does not rest for ever where the clock is set back', () => {
    const rests = new Rests();
    for (let time = 0; time < 3; time++) rests.ended('a/b', timeout, 1e9);
    expect(rests.refusal('a/b', 1e9)).toBeDefined();
    expect(rests.refusal('a/b', 1e6)).toBeUndefined();
  });
});
