import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable } from '../../src/schema/printable.ts';

describe('printable', () => {
  it('escapes control characters and marks of direction, and nothing else', () => {
    expect(printable('a\u001b[31m\n\u009b\u202e é 漢 😀 "')).toBe(
      'a\\x1b[31m\\x0a\\x9b\\u202e é 漢 😀 "',
    );
  });

  it('leaves nothing behind that steers a terminal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(
          /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/u,
        );
      }),
    );
  });
});
