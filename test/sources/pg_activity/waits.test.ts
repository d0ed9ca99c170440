import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Session } from '../../../src/sources/pg_activity/session.ts';
import { Waits } from '../../../src/sources/pg_activity/waits.ts';
import { aSession } from './aSession.ts';

const textOf = ({ query }: Session) => query;

describe('Waits', () => {
  it('sums what sessions do over the samples, and keeps the most of one sample', () => {
    const waits = new Waits();
    const lock = { waitType: 'Lock', waitEvent: 'tuple' };
    waits.add([aSession({ pid: 1, ...lock }), aSession({ pid: 2, ...lock })], textOf);
    waits.add(
      [aSession({ pid: 1, ...lock }), aSession({ pid: 3, state: 'idle in transaction' })],
      textOf,
    );
    const { chosen, total } = waits.top(10);
    expect(total).toBe(2);
    expect(chosen.map(({ samples, most }) => [samples, most])).toEqual([
      [3, 2],
      [1, 1],
    ]);
    expect([waits.count, waits.active, waits.total]).toEqual([2, 3, 4]);
  });

  it('takes a session whose text is known for its example', () => {
    const waits = new Waits();
    waits.add([aSession({ pid: 1 })], textOf);
    waits.add([aSession({ pid: 2, query: 'SELECT 1' })], textOf);
    waits.add([aSession({ pid: 3, query: 'SELECT 2' })], textOf);
    expect(waits.top(1).chosen[0]).toMatchObject({ query: 'SELECT 1', example: { pid: 2 } });
  });

  it('loses no session, however many groups there are and however few are listed', () => {
    const sessions = fc.array(fc.nat(5_000), { maxLength: 60 });
    fc.assert(
      fc.property(
        fc.array(sessions, { minLength: 1, maxLength: 60 }),
        fc.nat(50),
        (samples, limit) => {
          const waits = new Waits();
          for (const ids of samples) {
            waits.add(
              ids.map((id) => aSession({ queryId: String(id) })),
              textOf,
            );
          }
          const { chosen } = waits.top(limit);
          const shown = chosen.reduce((sum, group) => sum + group.samples, 0);
          expect(waits.total).toBe(samples.flat().length);
          expect(shown).toBeLessThanOrEqual(waits.total);
          for (const { samples: seen, most } of chosen) {
            expect(most).toBeGreaterThanOrEqual(1);
            expect(most).toBeLessThanOrEqual(seen);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('tells no more than 2000 groups apart', () => {
    const waits = new Waits();
    const many = Array.from({ length: 3_000 }, (_, id) => aSession({ queryId: String(id) }));
    waits.add(many, textOf);
    expect(waits.top(10).total).toBe(2_000);
    expect(waits.total).toBe(3_000);
  });
});
