import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { type Seen, fits } from './fits/fits.ts';
import { keywords } from './keywords.ts';
import type { Metric, MetricSchema } from './metric.ts';
import { LateText, type MetricText } from './metricText.ts';

/** A metric that fits its schema, as the JSON text that will be sent; or what is wrong with it. */
export type Checked = MetricText | { readonly problem: string };

/**
 * The text of a smaller metric is late: it costs less together with others. That of a larger one is made at once: there the
 * object takes more memory than the text (the same at 300 bytes, a sixth more at 400), and a call costs little beside it.
 */
const LATE_BYTES = 384;

/** Validates a metric of one type and writes it as JSON, once. */
export type Codec = (metric: Metric) => Checked;

/**
 * The codec of one metric type. Compiled at the first use, so that types which are off cost nothing at the start.
 *
 * Nearly every metric certainly fits (see `fits`); the rest is for ajv to accept, or to say what is wrong with it. ajv is
 * compiled when the first such metric comes.
 *
 * 64-bit integers beyond 2^53 travel as digits and are written as bare JSON integers. Only a metric that has one pays
 * for that second pass.
 */
export function codec(schema: MetricSchema): Codec {
  let compiled: Codec | undefined;
  return (metric) => (compiled ??= compile(schema))(metric);
}

function compile(schema: MetricSchema): Codec {
  const bare = bareDigits(schema);
  const accepts = fits(schema);
  let judge: ValidateFunction | undefined;
  const seen: Seen = { digits: false, wide: false, plain: false, bytes: 0 };
  const written = (metric: Metric, { digits, wide }: Pick<Seen, 'digits' | 'wide'>): Checked => {
    const text = JSON.stringify(metric);
    const json = digits ? bare(text) : text;
    // Counting bytes costs a third of writing them.
    return { json, bytes: wide ? Buffer.byteLength(json) : json.length };
  };
  return (metric) => {
    if (accepts?.(metric, seen)) {
      const late = seen.plain && seen.bytes <= LATE_BYTES;
      return late ? new LateText(metric, seen.bytes) : written(metric, seen);
    }
    judge ??= validator(schema);
    const judged = { digits: false, wide: true };
    if (!judge.call(judged, metric)) return { problem: describe(judge.errors ?? []) };
    return written(metric, judged);
  };
}

function validator(schema: MetricSchema): ValidateFunction {
  const ajv = new Ajv({
    strict: true,
    strictRequired: false,
    allErrors: true,
    allowUnionTypes: true,
    passContext: true,
    // Our own schemas are checked by tests; compiling the schema of schemas would cost each start a megabyte.
    meta: false,
    validateSchema: false,
  });
  keywords(ajv);
  return ajv.compile(schema);
}

/**
 * Takes the quotes from `"field":"123"` for each int64 field, and from `"name":"123"` within each field that holds named
 * int64s. It cannot match inside a JSON string, where quotes are escaped; that no such name is also that of a text field in
 * the same type is checked here.
 */
function bareDigits(schema: MetricSchema): (json: string) => string {
  const int64s = new Set<string>();
  const maps = new Set<string>();
  const others = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('properties' in node) {
      for (const [name, field] of Object.entries(node.properties as Record<string, object>)) {
        const rest = 'additionalProperties' in field ? field.additionalProperties : undefined;
        const isMap = typeof rest === 'object' && rest !== null && 'int64' in rest;
        ('int64' in field ? int64s : isMap ? maps : others).add(name);
        visit(field);
      }
    }
    if ('items' in node) visit(node.items);
  };
  visit(schema);
  const twice = [...int64s, ...maps].find((name) => others.has(name));
  if (twice !== undefined) {
    throw new TypeError(
      `${schema.$id ?? 'schema'}: "${twice}" is an int64 in one place and not in another`,
    );
  }
  const field = new RegExp(`"(${[...int64s].join('|')})":"(-?\\d+)"`, 'g');
  const member = String.raw`"(?:[^"\\]|\\.)*":(?:"-?\d+"|[^",{}]+),?`;
  const map = new RegExp(`"(?:${[...maps].join('|')})":\\{(?:${member})*\\}`, 'g');
  return (json) => {
    const fields = int64s.size > 0 ? json.replace(field, '"$1":$2') : json;
    const inMap = (text: string): string => text.replace(/":"(-?\d+)"/g, '":$1');
    return maps.size > 0 ? fields.replace(map, inMap) : fields;
  };
}

/** Every problem of a value in one line: `tables[3].size_bytes must be integer,string; tables[3] must NOT have …`. */
function describe(errors: readonly ErrorObject[]): string {
  const problems = errors.slice(0, 5).map(({ instancePath, message, params }) => {
    const path = instancePath
      .replace(/\/(\d+)/g, '[$1]')
      .replace(/\//g, '.')
      .replace(/^\./, '');
    const extra =
      'additionalProperty' in params ? `: "${String(params['additionalProperty'])}"` : '';
    return `${path || 'metric'} ${message ?? 'is invalid'}${extra}`;
  });
  return problems.join('; ') + (errors.length > 5 ? `; … ${errors.length - 5} more` : '');
}
