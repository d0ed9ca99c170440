import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numberOf } from '../../../src/sources/custom/numberOf.ts';
import { statement } from '../../../src/sources/custom/statement.ts';

const [bool, int8, float8, interval, numeric, lsn] = [16, 20, 701, 1186, 1700, 3220];

describe('numberOf', () => {
  it('keeps every 64-bit integer exact', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(BigInt(numberOf(value.toString(), int8) ?? NaN)).toBe(value);
        expect(BigInt(numberOf(value.toString(), numeric) ?? NaN)).toBe(value);
      }),
    );
  });

  it.each([
    ['t', bool, 1],
    ['f', bool, 0],
    ['PT1M0.5S', interval, 60.5],
    ['1/0', lsn, 4_294_967_296],
    ['1.5', numeric, 1.5],
    ['9223372036854775808', numeric, 9223372036854775808],
    ['1e+20', float8, 1e20],
    ['NaN', float8, null],
    ['Infinity', float8, null],
    ['-0', float8, -0],
    [null, int8, null],
  ])('reads %s of type %d', (text, type, value) => {
    expect(numberOf(text, type)).toBe(value);
  });
});

describe('statement', () => {
  it.each([
    'SELECT 1',
    ' (select 1)',
    '/* a /* b */ */ WITH a AS (SELECT 1) TABLE a',
    '-- x\nVALUES (1)',
  ])('marks %j behind its first keyword', (sql) => {
    const found = statement(sql)?.sql ?? '';
    expect(found.replace(' /* pganalytics:custom */', '')).toBe(sql);
    expect(found).toMatch(/(?:select|with|values) \/\* pganalytics:custom \*\//i);
  });

  it.each([
    '',
    'DELETE FROM a',
    'EXPLAIN ANALYZE SELECT 1',
    'SET a = 1',
    '-- SELECT',
    'COMMIT',
    '"SELECT" 1',
  ])('refuses %j', (sql) => {
    expect(statement(sql)).toBeUndefined();
  });

  it('tells lines and columns of what was written, in characters', () => {
    const { placeOf, sql } = statement("/* é😀 */ SELECT 'x',\n  wrong")!;
    const position = Array.from(sql.slice(0, sql.indexOf('wrong'))).length + 1;
    expect(placeOf(position)).toBe('line 2, column 3');
    expect(placeOf(1)).toBe('line 1, column 1');
  });
});
