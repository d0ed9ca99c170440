import { describe, expect, it } from 'vitest';
import { countingSource } from '../../support/countingSource.ts';
import { simulate } from '../../support/simulate.ts';
import { StandingKeeper } from '../../../src/streams/journal/standingKeeper.ts';
import type { Entry } from '../../../src/schema/journal.ts';

const keeper = (...entries: readonly Entry[]) => {
  const kept = new StandingKeeper({ version: '1.2.3', pid: 7 });
  for (const entry of entries) kept.note(entry);
  return kept.now();
};
const metric = { type: 'cpu', timestamp: '2026-01-02T03:04:05Z' };
const trouble = (unit: string): Entry => ({ at: 'trouble', unit, code: 'ERR_X', message: 'no' });

describe('StandingKeeper', () => {
  it('tells of each unit its last run, how long that took, what came, failed, was skipped and lost', () => {
    const { sources } = keeper(
      { at: 'source', unit: 'main/cpu', metric },
      { at: 'polled', unit: 'main/cpu', tookMs: 12 },
      { at: 'polled', unit: 'main/cpu', tookMs: 7 },
      trouble('main/cpu'),
      { at: 'skipped', unit: 'main/cpu', ticks: 2 },
      { at: 'dropped', from: 'buffered', counts: { cpu: 3 }, reason: 'invalid' },
      { at: 'dropped', from: 'spooled', counts: { cpu: 4, other: 1 }, reason: 'expired' },
    );
    expect(sources).toEqual([
      {
        unit: 'main/cpu',
        last_run_at: expect.any(String) as string,
        ...{ last_run_ms: 7, runs: 2, metrics: 1, errors: 1, skipped_ticks: 2 },
        dropped: { invalid: 3, expired: 4 },
        last_error: expect.objectContaining({ code: 'ERR_X' }) as object,
      },
    ]);
  });

  it('takes a unit that follows a log as run when a metric comes', () => {
    const [log] = keeper({ at: 'source', unit: 'main/pg_log', metric }).sources;
    expect(log).toMatchObject({
      runs: 0,
      last_run_ms: null,
      last_run_at: expect.any(String) as string,
    });
  });

  it('tells the last failure of delivery, and whether it goes on; sources fail on their own', () => {
    expect(keeper(trouble('sink'))).toMatchObject({ failing: true, last_error: { unit: 'sink' } });
    const over = keeper(trouble('sink'), { at: 'settled', unit: 'sink' });
    expect(over).toMatchObject({ failing: false, last_error: { unit: 'sink' }, sources: [] });
    expect(keeper(trouble('main/cpu'))).toMatchObject({ failing: false, last_error: null });
  });

  it('tells of a whole agent what its books tell', () => {
    const run = simulate({
      sources: [countingSource('cpu', { everyS: 30, takesMs: 5 })],
      stopAtMs: 200_000,
    });
    const { books, sources, attempts } = keeper(...run.noted.map(({ entry }) => entry));
    expect(books).toEqual(run.books);
    expect(attempts).toBeGreaterThan(2);
    const reads = run.reads('cpu').length;
    expect(sources).toMatchObject([{ unit: 'cpu', runs: reads, metrics: reads, last_run_ms: 5 }]);
  });
});
