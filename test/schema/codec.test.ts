import { gunzipSync, gzipSync } from 'node:zlib';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { codec } from '../../src/schema/codec.ts';
import * as fields from '../../src/schema/fields.ts';
import type { Json } from '../../src/schema/json.ts';
import { type Metric, metricSchema } from '../../src/schema/metric.ts';
import type { MetricText } from '../../src/schema/metricText.ts';
import { configSchema } from '../../src/schema/config.ts';
import { keywords } from '../../src/schema/keywords.ts';
import { registry, sectionsOf } from '../../src/sources/registry.ts';

const schema = metricSchema('thing', 'a thing', {
  server: fields.text('the server'),
  count: fields.int64('a counter'),
  ratio: fields.nullable(fields.number('a ratio')),
  since: fields.nullable(fields.moment('since when')),
  state: fields.nullable(fields.oneOf(['ON', 'OFF'], 'a state')),
  rows: fields.optional(
    fields.list(
      fields.record({ hash: fields.int64('an id'), text: fields.text('a text') }),
      'rows',
    ),
  ),
});
const check = codec(schema);
const thing: Metric = {
  type: 'thing',
  timestamp: '2026-01-02T03:04:05.678Z',
  server: 'main',
  count: 1,
  ratio: 0.5,
  since: null,
  state: 'ON',
};

const asWritten = (metric: Metric) => {
  const json = JSON.stringify(metric);
  return { json, bytes: Buffer.byteLength(json) };
};
const written = (metric: Metric) => {
  const { json, bytes } = check(metric) as MetricText;
  return { json, bytes };
};

describe('codec', () => {
  it('writes a metric that fits its schema', () => {
    const metric = { ...thing, ratio: null };
    expect(written(metric)).toStrictEqual(asWritten(metric));
  });

  it('counts a fraction as the longest one where it makes the text later', () => {
    const { bytes } = asWritten(thing);
    expect(check(thing)).toMatchObject({ late: thing, bytes: bytes + 25 - '0.5'.length });
    const longest = -0.0000012345678901234567;
    expect(written({ ...thing, ratio: longest })).toStrictEqual(
      asWritten({ ...thing, ratio: longest }),
    );
  });

  it.each<[string, Partial<Metric>]>([
    ['with a quote', { server: '"' }],
    ['with a text beyond ASCII', { server: 'ü' }],
    ['with digits', { count: '9223372036854775807' }],
    ['above 384 bytes', { server: 'x'.repeat(384) }],
  ])('writes a metric %s at once, and counts its bytes', (_, change) => {
    const text = check({ ...thing, ...change } as Metric) as MetricText;
    expect(text.late).toBeUndefined();
    expect(text.bytes).toBe(Buffer.byteLength(text.json));
  });

  it('names the field of a wrong type', () => {
    expect(check({ ...thing, count: true })).toStrictEqual({
      problem: expect.stringContaining('count must be') as string,
    });
    expect(check({ ...thing, server: 5 })).toStrictEqual({ problem: 'server must be string' });
    expect(check({ ...thing, rows: [{ hash: 1, text: null }] })).toStrictEqual({
      problem: 'rows[0].text must be string',
    });
  });

  it('names a missing field', () => {
    const rest: Record<string, Json> = { ...thing };
    delete rest['server'];
    expect(check(rest as Metric)).toStrictEqual({
      problem: "metric must have required property 'server'",
    });
  });

  it('names an additional field', () => {
    expect(check({ ...thing, extra: 1 })).toStrictEqual({
      problem: 'metric must NOT have additional properties: "extra"',
    });
  });

  it('tells all problems, up to five', () => {
    const { problem } = check({ type: 'thing', timestamp: 'now', a: 1, b: 2, c: 3 }) as {
      problem: string;
    };
    expect(problem.split('; ')).toHaveLength(6);
    expect(problem).toMatch(/… \d+ more$/);
  });

  it('takes null where it is allowed, and only there', () => {
    expect(check({ ...thing, ratio: null, since: null, state: null })).toHaveProperty('json');
    expect(check({ ...thing, count: null })).toHaveProperty('problem');
  });

  it.each([
    ['another type', { type: 'other' }],
    ['a timestamp without zone', { timestamp: '2026-01-02T03:04:05.678' }],
    ['a fraction for an integer', { count: 1.5 }],
    ['an integer that a double has rounded', { count: 2 ** 53 }],
    ['digits with a leading zero', { count: '0123' }],
    ['digits that are no number', { count: '12a' }],
    ['a word that is not in the list', { state: 'MAYBE' }],
    ['NaN', { ratio: NaN }],
  ])('refuses %s', (_, change) => {
    expect(check({ ...thing, ...change })).toHaveProperty('problem');
  });

  it.each([
    '-8441324848661855122',
    '9223372036854775807',
    '-9223372036854775808',
    '9007199254740993',
  ])('writes %s as a bare integer that a 64-bit reader gets back', (digits) => {
    const { json } = check({ ...thing, count: digits }) as { json: string };
    expect(json).toContain(`"count":${digits},`);
    expect(BigInt(/"count":(-?\d+)/.exec(json)![1]!)).toBe(BigInt(digits));
  });

  it('leaves a text alone that looks like a counter', () => {
    const text = '"hash":"9007199254740993"';
    const { json } = check({
      ...thing,
      server: text,
      rows: [{ hash: '9007199254740993', text }],
    }) as { json: string };
    expect(JSON.parse(json)).toMatchObject({ server: text, rows: [{ text }] });
    expect(json).toContain('{"hash":9007199254740993,');
  });

  it('does not let one metric with large integers colour the next', () => {
    check({ ...thing, count: '9223372036854775807' });
    expect(written(thing).json).toBe(asWritten(thing).json);
  });

  it('refuses a schema in which a name is an int64 in one place and not in another', () => {
    const twofold = metricSchema('twofold', '', {
      id: fields.int64(''),
      rows: fields.list(fields.record({ id: fields.text('') }), ''),
    });
    expect(() => codec(twofold)({ type: 'twofold', timestamp: '', id: 1, rows: [] })).toThrow(
      '"id"',
    );
  });

  it('writes text that survives compression and shrinks to less than half', () => {
    const rows = Array.from({ length: 200 }, (_, n) => ({
      hash: n * 7919,
      text: `SELECT ${n} FROM t`,
    }));
    const { json } = check({ ...thing, rows }) as { json: string };
    const body = gzipSync(json, { level: 1 });
    expect(body.length).toBeLessThan(json.length / 2);
    expect(gunzipSync(body).toString()).toBe(json);
  });
});

/** What of JSON Schema our schemas use. */
interface Node {
  readonly const?: Json;
  readonly enum?: readonly Json[];
  readonly anyOf?: readonly Node[];
  readonly type?: string | readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly required?: readonly string[];
  readonly description?: string;
}

/** A value that fits a schema, with every field and one item in each list. */
function example(node: Node): Json {
  if (node.const !== undefined) return node.const;
  if (node.enum) return node.enum[0]!;
  if (node.anyOf) return example(node.anyOf[0]!);
  switch ([node.type].flat().find((type) => type !== 'null')) {
    case 'object':
      return Object.fromEntries(
        Object.entries(node.properties ?? {}).map(([name, field]) => [name, example(field)]),
      );
    case 'array':
      return node.items ? [example(node.items)] : [];
    case 'integer':
    case 'number':
      return node.minimum ?? 1;
    case 'boolean':
      return true;
    default:
      return node.pattern === undefined ? 'x' : '2026-01-02T03:04:05.678Z';
  }
}

/** Every object of a schema with the way to it. */
function objectsOf(
  node: Node,
  path: readonly (string | number)[] = [],
): [path: readonly (string | number)[], node: Node][] {
  if (node.items) return objectsOf(node.items, [...path, 0]);
  if (!node.properties) return [];
  return [
    [path, node],
    ...Object.entries(node.properties).flatMap(([name, field]) =>
      objectsOf(field, [...path, name]),
    ),
  ];
}

/** The example with one object of it changed. */
function changed(
  whole: Json,
  path: readonly (string | number)[],
  change: (fields: Record<string, Json>) => void,
): Metric {
  const copy = structuredClone(whole) as Record<string, Json>;
  let at: unknown = copy;
  for (const step of path) at = (at as Record<string | number, unknown>)[step];
  change(at as Record<string, Json>);
  return copy as unknown as Metric;
}

const types = registry.flatMap(({ metrics }) =>
  metrics.map((metric) => [metric.$id ?? '', metric] as const),
);

describe.each(types)('the schema of %s', (type, schema) => {
  const node = schema as unknown as Node;
  const whole = example(node);
  const check = codec(schema);

  it('takes a metric of its type and no other', () => {
    expect(check(whole as unknown as Metric)).toHaveProperty('json');
    expect((whole as Record<string, Json>)['type']).toBe(type);
    expect(check(changed(whole, [], (fields) => (fields['type'] = 'other')))).toHaveProperty(
      'problem',
    );
  });

  it('refuses a field of a wrong type, a missing one and an additional one, at any depth', () => {
    for (const [path, { properties = {}, required = [] }] of objectsOf(node)) {
      // Nothing that an object of free names would take either.
      const more = changed(whole, path, (fields) => (fields['unheard_of'] = { wrong: [] }));
      expect(check(more)).toHaveProperty('problem');
      for (const name of required) {
        const { problem } = check(
          changed(whole, path, (fields) => Reflect.deleteProperty(fields, name)),
        ) as {
          problem: string;
        };
        expect(problem).toContain(`'${name}'`);
      }
      for (const name of Object.keys(properties)) {
        const wrong = changed(whole, path, (fields) => (fields[name] = { wrong: [] }));
        expect([...path, name, check(wrong)]).toStrictEqual([
          ...path,
          name,
          { problem: expect.any(String) as string },
        ]);
      }
    }
  });

  it('takes null exactly where a field is nullable', () => {
    for (const [path, { properties = {} }] of objectsOf(node)) {
      for (const [name, field] of Object.entries(properties)) {
        const isNullable =
          [field.type].flat().includes('null') ||
          (field.anyOf ?? []).some(({ type }) => type === 'null');
        const result = check(changed(whole, path, (fields) => (fields[name] = null)));
        expect([...path, name, 'json' in result]).toStrictEqual([...path, name, isNullable]);
      }
    }
  });

  it('describes every field that holds a value', () => {
    for (const [path, { properties = {} }] of objectsOf(node)) {
      for (const [name, field] of Object.entries(properties)) {
        if (field.const === undefined && !field.properties)
          expect([...path, name, field.description ?? '']).not.toContain('');
      }
    }
  });
});

it('knows the four types of the specification', () => {
  expect(types.map(([type]) => type)).toEqual(
    expect.arrayContaining(['pg_stats', 'pg_log', 'sysstat', 'disk_usage']),
  );
});

describe('the schemas', () => {
  it('are JSON Schema, which the agent itself does not check again', () => {
    const ajv = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true });
    keywords(ajv);
    const config = configSchema(sectionsOf(registry));
    for (const schema of [config, ...registry.flatMap(({ metrics }) => metrics)]) {
      expect(ajv.validateSchema(schema), ajv.errorsText()).toBe(true);
    }
  });
});
