import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codec } from '../../src/schema/codec.ts';
import { fits } from '../../src/schema/fits/fits.ts';
import type { SchemaNode } from '../../src/schema/fits/schemaNode.ts';
import * as fields from '../../src/schema/fields.ts';
import type { Json } from '../../src/schema/json.ts';
import { keywords } from '../../src/schema/keywords.ts';
import { type Metric, metricSchema } from '../../src/schema/metric.ts';
import { registry } from '../../src/sources/registry.ts';

const text = fc.string({
  unit: fc.constantFrom('a', '"', '\\', '\n', 'ü', '😀', '\ud800'),
  maxLength: 60,
});
const plainText = fc.string({ unit: fc.constantFrom('a', '/', '~', ' '), maxLength: 60 });
const whatever = fc.oneof(
  fc.constantFrom(null, true, 0, -0, 1.5, NaN, Infinity, 2 ** 53, '', '007', 'x', '12', [], {}),
  fc.constantFrom<unknown>(undefined, new Date(0), [null], { a: 1 }, ['a']),
  text,
);

/** Without what is an object to every check, and a text in JSON. */
const whateverJson = whatever.filter((value) => !(value instanceof Date));

type Texts = fc.Arbitrary<string>;

/** Values that a schema accepts, and now and then others in any place. */
function near(node: SchemaNode, text: Texts): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 400, arbitrary: right(node, text) },
    { weight: 1, arbitrary: text === plainText ? whateverJson : whatever },
  );
}

function right(node: SchemaNode, text: Texts): fc.Arbitrary<unknown> {
  if (node.const !== undefined) return fc.constant(node.const);
  if (node.enum) return fc.constantFrom(...node.enum);
  return fc.oneof(...[node.type ?? []].flat().map((type) => ofType(type, node, text)));
}

function ofType(type: string, node: SchemaNode, text: Texts): fc.Arbitrary<unknown> {
  switch (type) {
    case 'object': {
      const { properties = {}, required = [] } = node;
      const model = Object.fromEntries(
        Object.entries(properties).map(([name, field]) => [name, near(field, text)]),
      );
      const whole = fc.record(model, { requiredKeys: [...required] });
      const more = fc.record(model).map((value) => ({ ...value, unheard_of: 1 }));
      return fc.oneof({ weight: 200, arbitrary: whole }, { weight: 1, arbitrary: more });
    }
    case 'array':
      return fc.array(near(node.items ?? {}, text), { maxLength: 3 });
    case 'string':
      if (node.int64 && text === plainText) return fc.maxSafeInteger();
      if (node.int64) return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
      return node.pattern === undefined ? text : fc.constant('2026-01-02T03:04:05.678901Z');
    case 'integer':
      return fc.maxSafeInteger();
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'boolean':
      return fc.boolean();
    default:
      return fc.constant(null);
  }
}

const types = registry.flatMap(({ metrics }) =>
  metrics.map((schema) => [schema.$id ?? '', schema] as const),
);

describe.each(types)('the compiled check of %s', (_, schema) => {
  const quick = fits(schema);
  const ajv = new Ajv({ strictRequired: false, allowUnionTypes: true, passContext: true });
  keywords(ajv);
  const validate = ajv.compile(schema);
  const write = codec(schema);

  it('agrees with ajv on whatever comes, and the codec writes what JSON.stringify writes', () => {
    let accepted = 0;
    fc.assert(
      fc.property(right(schema as SchemaNode, text), (value) => {
        const valid = validate.call({}, value);
        const seen = { digits: false, wide: false, plain: false, bytes: 0 };
        if (quick!(value, seen)) {
          expect(valid).toBe(true);
          accepted += 1;
        }
        const written = write(value as Metric);
        expect('json' in written).toBe(valid);
        if ('problem' in written) return;
        const bytes = Buffer.byteLength(written.json);
        if (!written.late) expect(written.bytes).toBe(bytes);
        else expect(written.late).toBe(value);
        expect(plain(JSON.parse(written.json) as Json)).toStrictEqual(
          plain(JSON.parse(JSON.stringify(value)) as Json),
        );
      }),
      { numRuns: 60 },
    );
    expect(accepted).toBeGreaterThan(10);
  });

  it('tells the bytes of plain values without writing them', () => {
    let plainOnes = 0;
    fc.assert(
      fc.property(right(schema as SchemaNode, plainText), (value) => {
        const seen = { digits: false, wide: false, plain: false, bytes: 0 };
        if (!quick!(value, seen) || !seen.plain) return;
        plainOnes += 1;
        const bytes = Buffer.byteLength(JSON.stringify(value));
        expect(seen.bytes).toBeGreaterThanOrEqual(bytes);
        expect(seen.bytes).toBeLessThanOrEqual(bytes + 24 * fractions(value as Json));
      }),
      { numRuns: 60 },
    );
    expect(plainOnes).toBeGreaterThan(10);
  });
});

/** How many numbers are counted as the longest possible. */
function fractions(value: Json): number {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 0 : 1;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce<number>((sum, field) => sum + fractions(field), 0);
}

/** Digits and numbers are one thing: what is beyond 2^53 is compared as a double. */
function plain(value: Json): unknown {
  if (typeof value === 'string') return /^-?\d+$/.test(value) ? Number(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]));
}

it('knows every registered schema, and leaves others to the validator', () => {
  expect(types.filter(([, schema]) => fits(schema) === undefined)).toStrictEqual([]);
  const bounded = metricSchema('bounded', '', { name: fields.text('') });
  expect(fits({ ...bounded, minProperties: 9 })).toBeUndefined();
});
