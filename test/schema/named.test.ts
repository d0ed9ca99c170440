import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { losslessJson } from '../../dev/backend/losslessJson.ts';
import { codec } from '../../src/schema/codec.ts';
import { list, named, nullable, numeric, record, text } from '../../src/schema/fields.ts';
import type { MetricText } from '../../src/schema/metricText.ts';
import { metricSchema } from '../../src/schema/metric.ts';

const schema = metricSchema('thing', 'a thing', {
  rows: list(
    record({
      labels: named(nullable(text('a text')), 'by name'),
      values: named(nullable(numeric('a number')), 'by name'),
    }),
    'rows',
  ),
});
const check = codec(schema);
const metricOf = (labels: object, values: object) => ({
  type: 'thing',
  timestamp: '2026-01-02T03:04:05.678Z',
  rows: [{ labels, values }] as never,
});
const written = (labels: object, values: object): string => {
  const checked = check(metricOf(labels, values));
  if ('problem' in checked) throw new Error(checked.problem);
  expect(checked.bytes).toBeGreaterThanOrEqual(Buffer.byteLength(checked.json));
  return checked.json;
};

describe('objects whose names are data', () => {
  it('keep 64-bit integers exact, and write them bare', () => {
    const json = written({ a: '1' }, { max: '9223372036854775807', min: '-9223372036854775808' });
    expect(json).toContain('"values":{"max":9223372036854775807,"min":-9223372036854775808}');
    expect(json).toContain('"labels":{"a":"1"}');
  });

  it('take any number, and no other text', () => {
    expect(written({}, { a: 1.5, b: 1e300, c: null, d: -0 })).toContain('{"a":1.5,"b":1e+300');
    for (const wrong of ['x', '01', '1.5', '', true, [], {}]) {
      expect(check(metricOf({}, { wrong }))).toHaveProperty('problem');
    }
    expect(check(metricOf({ wrong: 1 }, {}))).toHaveProperty('problem');
  });

  it('survive whatever they are called, and whatever stands beside them', () => {
    const name = fc.oneof(
      fc.string(),
      fc.constantFrom('"', '}', '{', '"values":{', 'a":"5', 'values', 'é}"'),
    );
    const value = fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.constant(null),
      fc.integer(),
    );
    // V8 of Node 24 and later reads a name with an escape wrongly, once it has read one with a backslash
    // (nodejs/node#63785): what is written is held against those below.
    const names = (of: fc.Arbitrary<unknown>) =>
      fc.dictionary(
        name.filter((each) => each !== '__proto__' && !each.includes('\\')),
        of,
        { maxKeys: 4 },
      );
    const label = fc.oneof(fc.string(), fc.constantFrom('"values":{"a":"5"}', '","b":"7'));
    fc.assert(
      fc.property(names(label), names(value), (labels, given) => {
        const values = Object.fromEntries(
          Object.entries(given).map(([key, of]) => [
            key,
            typeof of !== 'bigint' ? of : Number.isSafeInteger(Number(of)) ? Number(of) : `${of}`,
          ]),
        );
        const [row] = (losslessJson(written(labels, values)) as unknown as { rows: never[] }).rows;
        const back = row as unknown as {
          labels: object;
          values: Record<string, bigint | number | null>;
        };
        expect(back.labels).toEqual({ ...labels });
        for (const [key, of] of Object.entries(given)) {
          const got = back.values[key];
          expect(got === null ? null : BigInt(got ?? 'none')).toBe(
            of === null ? null : BigInt(of as number),
          );
        }
      }),
    );
  });

  it('write names with backslashes as they are', () => {
    const labels = { '\\': 'a', '"': 'b', 'a\\"': 'c', '\\n': 'd', '\n': 'e' };
    expect(written(labels, { '\\': 1, '"': '9223372036854775807', '\\":"1': 2 })).toContain(
      String.raw`"labels":{"\\":"a","\"":"b","a\\\"":"c","\\n":"d","\n":"e"},"values":{"\\":1,"\"":9223372036854775807,"\\\":\"1":2}`,
    );
  });

  it('say how long their text is', () => {
    const metric = metricOf({ status: 'open', b: null }, { orders: 3, c: 12 });
    const { json, bytes } = check(metric) as MetricText;
    expect(bytes).toBe(json.length);
    expect((check(metricOf({}, {})) as MetricText).bytes).toBe(
      JSON.stringify(metricOf({}, {})).length,
    );
  });
});
