import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { array, bool, float, int64, lsn, seconds, timestamp } from '../../src/postgres/values.ts';

describe('int64', () => {
  it('reads every 64-bit integer exactly', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const read = int64(String(value));
        expect(BigInt(read ?? 'null')).toBe(value);
        expect(typeof read).toBe(
          value >= -(2n ** 53n) + 1n && value <= 2n ** 53n - 1n ? 'number' : 'string',
        );
      }),
    );
  });

  it.each([null, '', 'NaN', '1.5', 'Infinity', '0x10', ' 1'])('has no integer in %j', (text) => {
    expect(int64(text)).toBeNull();
  });

  it('has no negative zero', () => {
    expect(Object.is(int64('-0'), 0)).toBe(true);
  });
});

describe('float', () => {
  it('reads every finite number back', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(float(String(value))).toBe(value === 0 ? 0 : value);
      }),
    );
  });

  it.each([null, 'NaN', 'Infinity', '-Infinity', ''])('is null for %j', (text) => {
    expect(float(text)).toBeNull();
  });
});

describe('bool', () => {
  it('knows true, false and unknown', () => {
    expect([bool('t'), bool('f'), bool(null)]).toEqual([true, false, null]);
  });
});

describe('timestamp', () => {
  it('keeps microseconds and marks the zone', () => {
    expect(timestamp('2026-01-02 03:04:05.678901+00')).toBe('2026-01-02T03:04:05.678901Z');
    expect(timestamp('2026-01-02 03:04:05+00')).toBe('2026-01-02T03:04:05Z');
    expect(timestamp('2026-01-02 03:04:05.6')).toBe('2026-01-02T03:04:05.6Z');
    expect(timestamp('10000-01-01 00:00:00+00')).toBe('10000-01-01T00:00:00Z');
  });

  it.each([
    null,
    'infinity',
    '-infinity',
    '0044-03-15 12:00:00+00 BC',
    '2026-01-02 03:04:05+01',
    '',
  ])('is null for %j', (text) => {
    expect(timestamp(text)).toBeNull();
  });

  it('means the same moment', () => {
    const moment = fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(moment, (date) => {
        const text = date.toISOString().replace('T', ' ').replace('Z', '+00');
        expect(new Date(timestamp(text) ?? '')).toEqual(date);
      }),
    );
  });
});

describe('seconds', () => {
  it.each([
    ['PT0S', 0],
    ['PT1M2.5S', 62.5],
    ['PT-0.001S', -0.001],
    ['P1DT1H', 90_000],
    ['P1Y2M3DT4H5M6S', 31_557_600 + 2 * 2_592_000 + 3 * 86_400 + 4 * 3600 + 5 * 60 + 6],
    ['P-1D', -86_400],
  ])('reads %s', (text, value) => {
    expect(seconds(text)).toBe(value);
  });

  it.each([null, 'P', 'PT', '', '00:00:01', 'infinity'])('is null for %j', (text) => {
    expect(seconds(text)).toBeNull();
  });
});

describe('array', () => {
  const quoted = (item: string | null) =>
    item === null ? 'NULL' : `"${item.replace(/[\\"]/g, '\\$&')}"`;

  it('reads back what the server quotes', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.string())), (items) => {
        expect(array(`{${items.map(quoted).join(',')}}`)).toEqual(items);
      }),
    );
  });

  it('reads plain items', () => {
    expect(array('{1,2,NULL}')).toEqual(['1', '2', null]);
    expect(array('{"NULL"}')).toEqual(['NULL']);
    expect(array('{}')).toEqual([]);
  });

  it.each([null, '', '1,2', '{1,2', '{1,,2}', '{"a'])('is null for %j', (text) => {
    expect(array(text)).toBeNull();
  });

  it('answers whatever comes', () => {
    fc.assert(fc.property(fc.string(), (text) => void array(`{${text}}`)));
  });
});

describe('lsn', () => {
  it('is a byte position', () => {
    expect(lsn('16/B374D848')).toBe(97_500_059_720n);
    expect([lsn(null), lsn('0'), lsn('x/1')]).toEqual([null, null, null]);
  });
});
