import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonBytes } from '../../src/schema/jsonBytes.ts';
import type { Json } from '../../src/schema/json.ts';

const written = (value: Json): number => Buffer.byteLength(JSON.stringify(value));

describe('jsonBytes', () => {
  it('is never less than what is written', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        expect(jsonBytes(value as Json)).toBeGreaterThanOrEqual(written(value as Json));
      }),
    );
  });

  it('is at most one comma for each list and table too much where numbers are whole', () => {
    const row = {
      name: 'a "quoted" näme',
      n: 12_345,
      none: null,
      yes: true,
      list: [1, -2],
      gone: undefined,
    };
    expect(jsonBytes(row as unknown as Json) - written(row as unknown as Json)).toBe(2);
    expect(jsonBytes(0.5)).toBeLessThan(30);
  });
});
