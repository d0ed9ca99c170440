import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalData, plainData } from '../../../src/schema/config/plainData.ts';
import { reuse } from '../../../src/schema/config/reuse.ts';

describe('reuse', () => {
  it('gives the previous value where all is equal', () => {
    const before = { a: { b: [1, { name: 'x' }] } };
    expect(reuse(before, structuredClone(before))).toBe(before);
  });

  it('keeps equal parts beside changed, added and removed ones', () => {
    const before: Record<string, object> = { same: { a: 1 }, changed: { a: 1 }, gone: { a: 1 } };
    const after = reuse(before, { same: { a: 1 }, changed: { a: 2 }, added: { a: 1 } });
    expect(after).toEqual({ same: { a: 1 }, changed: { a: 2 }, added: { a: 1 } });
    expect(after['same']).toBe(before['same']);
    expect(after['changed']).not.toBe(before['changed']);
  });

  it('equals the next value, whatever the two are', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => {
        const [a, b] = [plainData(before), plainData(after)];
        expect(equalData(reuse(a, b), b)).toBe(true);
        expect(reuse(b, plainData(after))).toBe(b);
      }),
    );
  });
});
