import { describe, expect, it } from 'vitest';
import { RunningTexts } from '../../../src/sources/pg_activity/texts.ts';
import { aSession } from './aSession.ts';

describe('RunningTexts', () => {
  it('keeps a text that a later sample does not repeat, and forgets who is gone', () => {
    const texts = new RunningTexts();
    texts.update([
      aSession({ pid: 1, query: 'SELECT 1' }),
      aSession({ pid: 2, query: 'SELECT 2' }),
    ]);
    texts.update([aSession({ pid: 1 })]);
    expect(texts.of(aSession({ pid: 1 }))).toBe('SELECT 1');
    texts.update([aSession({ pid: 1, query: 'SELECT 3' }), aSession({ pid: 2 })]);
    expect(texts.of(aSession({ pid: 1 }))).toBe('SELECT 3');
    expect(texts.of(aSession({ pid: 2 }))).toBeNull();
  });

  it('knows the statements of collectors by their mark, the reading connection by itself', () => {
    const texts = new RunningTexts();
    const marked = aSession({ pid: 1, query: 'SELECT /* pganalytics:pg_stats */ 1' });
    const theirs = aSession({ pid: 2, query: `SELECT '${'x'.repeat(100)} /* pganalytics:x */'` });
    texts.update([marked, theirs]);
    expect(
      [marked, theirs, aSession({ pid: 3, own: true })].map((each) => texts.isOurs(each)),
    ).toEqual([true, false, true]);
  });

  it('keeps at most 1 MiB', () => {
    const texts = new RunningTexts();
    const query = 'x'.repeat(100_000);
    const sessions = Array.from({ length: 20 }, (_, pid) => aSession({ pid, query }));
    texts.update(sessions);
    expect(sessions.filter((each) => texts.of(each) !== null)).toHaveLength(10);
  });
});
