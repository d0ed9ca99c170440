import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LosslessJson, losslessJson } from '../../../dev/backend/losslessJson.ts';

/** Writes bigints as bare integers; the inverse of what is tested. */
const write = (value: LosslessJson): string => {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(write).join(' ,\n')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(
    ([key, item]) => `${JSON.stringify(key)} : ${write(item)}`,
  );
  return `{${fields.join()}}`;
};
const large = fc
  .oneof(
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n }),
    fc.bigInt({ min: -(2n ** 64n), max: -(2n ** 53n) }),
  )
  .filter((value) => !Number.isSafeInteger(Number(value)));
const { tree } = fc.letrec<{ tree: LosslessJson }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    // A double that is written as an integer beyond 2^53 is read as one, exactly: not as the double.
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .filter((value) => !Number.isInteger(value) || Number.isSafeInteger(value))
      .map((value) => (value === 0 ? 0 : value)),
    fc.maxSafeInteger(),
    large,
    fc.string({ unit: 'binary' }),
    fc.constantFrom('12345678901234567890', '"9007199254740993"', '\\', '\\"123', '1e400'),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(
      // A backslash in a name makes JSON.parse of Node 24 read others wrongly (nodejs/node#63785).
      fc.string().filter((key) => key !== '__proto__' && !key.includes('\\')),
      tie('tree'),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
}));

describe('losslessJson', () => {
  it('reads integers beyond 2^53 exactly, and only those as bigints', () => {
    expect(
      losslessJson(
        '{"hash":-8441324848661855122,"safe":9007199254740991,"next":9007199254740993,"text":"9007199254740993","tiny":0.12345678901234567,"huge":12345678901234567e10}',
      ),
    ).toStrictEqual({
      hash: -8441324848661855122n,
      safe: 9007199254740991,
      next: 9007199254740993n,
      text: '9007199254740993',
      tiny: Number('0.12345678901234567'),
      huge: 1.2345678901234567e26,
    });
  });

  it('reads back whatever was written', () => {
    fc.assert(
      fc.property(tree, (value) => {
        expect(losslessJson(write(value))).toStrictEqual(value);
      }),
    );
  });

  it('refuses what JSON.parse refuses', () => {
    const broken = [
      '',
      '{',
      '[12345678901234567890,]',
      '{"a":01234567890123456789}',
      '12345678901234567890n',
    ];
    for (const source of broken) expect(() => losslessJson(source), source).toThrow(SyntaxError);
  });

  it('reads a string of ten megabytes beside a large integer', () => {
    const text = 'x"\\'.repeat(3_000_000);
    expect(losslessJson(`[${JSON.stringify(text)},12345678901234567890]`)).toStrictEqual([
      text,
      12345678901234567890n,
    ]);
  });
});
