import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wildcard } from '../../src/schema/wildcard.ts';

describe('wildcard', () => {
  it.each([
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['/run/*', '/run/user/0', true],
    ['/run/*', '/running', false],
    ['sd?', 'sda', true],
    ['sd?', 'sd', false],
    ['*a*b', 'xaxbxb', true],
    ['*a*b', 'xbxa', false],
    ['a.c', 'abc', false],
  ])('%s against %s is %s', (pattern, text, fits) => {
    expect(wildcard(pattern, text)).toBe(fits);
  });

  it('agrees with the same pattern as a regular expression', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
    const plain = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
    fc.assert(
      fc.property(word, plain, (pattern, text) => {
        const same = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
        expect(wildcard(pattern, text)).toBe(same.test(text));
      }),
    );
  });

  it('stays linear on a pattern of many stars', () => {
    expect(wildcard('*a'.repeat(40) + '*b', 'a'.repeat(20_000))).toBe(false);
  });
});
