import { describe, expect, it } from 'vitest';
import { nextRun } from '../../../src/sources/pg_vacuum/nextRun.ts';

const on = { autovacuum: true, track_counts: true };
const quiet = {
  dead_tuples: 50,
  vacuum_threshold: 50,
  inserted_since_vacuum: 1000,
  insert_threshold: 1000,
  modified_since_analyze: 50,
  analyze_threshold: 50,
  freeze_age: 200,
  freeze_max_age: 200,
  multixact_age: 400,
  multixact_freeze_max_age: 400,
  autovacuum_enabled: true,
};

describe('nextRun', () => {
  it('is nothing at the thresholds: autovacuum comes above them', () => {
    expect(nextRun(quiet, on)).toStrictEqual({ next: null, reason: null, prevented_by: null });
  });

  it.each([
    [{ dead_tuples: 51 }, 'vacuum', 'dead_tuples'],
    [{ inserted_since_vacuum: 1001 }, 'vacuum', 'inserts'],
    [{ modified_since_analyze: 51 }, 'analyze', 'modified'],
    [{ dead_tuples: 51, modified_since_analyze: 51 }, 'vacuum_and_analyze', 'dead_tuples'],
    [{ freeze_age: 201 }, 'vacuum', 'wraparound'],
    [{ multixact_age: 401, dead_tuples: 51 }, 'vacuum', 'wraparound'],
    [{ freeze_age: 201, modified_since_analyze: 51 }, 'vacuum_and_analyze', 'wraparound'],
  ])('%o: %s for %s', (set, next, reason) => {
    expect(nextRun({ ...quiet, ...set }, on)).toStrictEqual({ next, reason, prevented_by: null });
  });

  it('does not count inserts where that is turned off, nor analyze what is never analyzed', () => {
    const table = { ...quiet, inserted_since_vacuum: 1e9, insert_threshold: null };
    expect(nextRun(table, on).next).toBeNull();
    const toast = { ...quiet, modified_since_analyze: 1e9, analyze_threshold: null };
    expect(nextRun(toast, on).next).toBeNull();
  });

  it.each([
    [{}, { ...on, autovacuum: false }, 'autovacuum'],
    [{}, { ...on, track_counts: false }, 'track_counts'],
    [{ autovacuum_enabled: false }, on, 'table_option'],
  ])('says what keeps autovacuum from it', (set, settings, by) => {
    expect(nextRun({ ...quiet, ...set, dead_tuples: 51 }, settings).prevented_by).toBe(by);
    const old = { ...quiet, ...set, freeze_age: 201, modified_since_analyze: 51 };
    // Wraparound is prevented by nothing, and brings no analyze with it where that is off.
    expect(nextRun(old, settings)).toStrictEqual({
      next: 'vacuum',
      reason: 'wraparound',
      prevented_by: null,
    });
  });
});
