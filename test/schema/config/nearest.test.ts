import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearest } from '../../../src/schema/config/nearest.ts';

const known = ['interval', 'enabled', 'push_interval', 'host', 'port'];

describe('nearest', () => {
  it.each([
    ['intervall', 'interval'],
    ['inteval', 'interval'],
    ['itnerval', 'interval'],
    ['Enabled', 'enabled'],
    ['push-interval', 'push_interval'],
    ['prot', 'port'],
  ])('takes %s for %s', (word, meant) => {
    expect(nearest(word, known)).toBe(meant);
  });

  it.each(['', 'password', 'xyz', 'i'.repeat(10_000)])('knows nothing near to %j', (word) => {
    expect(nearest(word, known)).toBeUndefined();
  });

  it('finds every word that has one letter wrong', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('interval', 'push_interval'),
        fc.nat(),
        fc.string(),
        (word, at, letter) => {
          const place = at % word.length;
          const wrong = word.slice(0, place) + letter.slice(0, 1) + word.slice(place + 1);
          expect(nearest(wrong, ['interval', 'push_interval', 'verify'])).toBe(word);
        },
      ),
    );
  });
});
