import { describe, expect, it } from 'vitest';
import { mark } from '../../../src/io/postgres/mark.ts';

describe('mark', () => {
  it('names the source after the first keyword', () => {
    expect(mark('pg_stats/tables', 'SELECT 1')).toBe('SELECT /* pganalytics:pg_stats */ 1');
  });

  it('marks WITH in the same place', () => {
    expect(mark('pg_stats/sizes', '\n  with a AS (SELECT 1) SELECT 2')).toBe(
      '\n  with /* pganalytics:pg_stats */ a AS (SELECT 1) SELECT 2',
    );
  });

  it.each(['UPDATE t SET a = 1', '', 'SELECTED', '-- SELECT', 'EXPLAIN SELECT 1'])(
    'refuses what is no read: %j',
    (sql) => {
      expect(() => mark('a/b', sql)).toThrow('a read starts with SELECT or WITH');
    },
  );

  it('refuses a name that could end the comment', () => {
    expect(() => mark('a */ DROP/x', 'SELECT 1')).toThrow('no name of a query');
  });
});
