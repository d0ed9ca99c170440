import { Ajv } from 'ajv';
import type { MetricSchema } from '../../src/schema/metric.ts';
import type { LosslessJson } from './losslessJson.ts';

/** Tells what is wrong with a metric as it came over the wire; undefined where nothing is. */
export type SchemaCheck = (metric: LosslessJson) => string | undefined;

/**
 * Checks metrics against the schema of their type, from the receiver's side: a 64-bit integer has to come as a bare
 * JSON integer (here a number or a bigint), never as a string of digits.
 */
export function schemaCheck(schemas: readonly MetricSchema[]): SchemaCheck {
  // Ajv knows no bigints: they are shown to it as strings that nothing else can be.
  const mark = '\u0000bigint:';
  const ajv = new Ajv({ strict: false, allErrors: true, allowUnionTypes: true });
  ajv.addKeyword({
    keyword: 'int64',
    validate: (_schema: unknown, value: unknown) =>
      typeof value === 'string'
        ? value.startsWith(mark) &&
          BigInt.asIntN(64, BigInt(value.slice(mark.length))) === BigInt(value.slice(mark.length))
        : value === null || Number.isSafeInteger(value),
    error: { message: 'must be a bare 64-bit integer' },
  });
  const checks = new Map(
    schemas.map((schema) => [String(schema.properties['type']?.['const']), ajv.compile(schema)]),
  );
  return (metric) => {
    const type = String((metric as { type?: unknown } | null)?.type);
    const check = checks.get(type);
    if (!check) return `no schema for type "${type}"`;
    if (check(marked(metric, mark))) return undefined;
    return ajv.errorsText(check.errors, { dataVar: type });
  };
}

function marked(value: LosslessJson, mark: string): unknown {
  if (typeof value === 'bigint') return `${mark}${value}`;
  if (Array.isArray(value)) return value.map((item) => marked(item, mark));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, marked(item, mark)]));
}
