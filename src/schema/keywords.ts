import { type Ajv, _ } from 'ajv';

/** A 64-bit signed integer in decimal digits, without leading zeros. */
export const digits = /^(0|-?[1-9]\d{0,18})$/;

/** Annotations that ajv only has to know: they drive the documentation, the trust in pulled configuration and views. */
const annotations = [
  'unit',
  'remote',
  'remoteMinimum',
  'remoteMaximum',
  'remoteRaise',
  'secret',
  'restart',
  'path',
  'presets',
  'counter',
  'key',
];

/**
 * Teaches ajv our schema keywords.
 *
 * - `int64`: the value is a safe integer (any number where the type says `number`) or the digits of a 64-bit one. A
 *   validation that meets digits sets `this.digits` of its context, so that the encoder knows that a second pass is needed.
 * - the annotations of configuration keys, and those of metrics.
 */
export function keywords(ajv: Ajv): void {
  ajv.addKeyword({
    keyword: 'int64',
    type: ['number', 'string'],
    schemaType: 'boolean',
    error: { message: 'must be a 64-bit integer' },
    code(cxt) {
      const { data, gen, parentSchema } = cxt;
      const anyNumber = ([] as unknown[]).concat(parentSchema['type']).includes('number');
      const wrong = anyNumber ? _`false` : _`!Number.isSafeInteger(${data})`;
      const pattern = gen.scopeValue('func', { ref: digits, code: _`${digits.source}` });
      cxt.fail(
        _`typeof ${data} == "number" ? ${wrong} : !(this.digits = ${pattern}.test(${data}))`,
      );
    },
  });
  for (const keyword of annotations) ajv.addKeyword({ keyword, valid: true });
}
