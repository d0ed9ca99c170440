import { digits } from '../keywords.ts';
import { FitsCode } from './fitsCode.ts';
import { isAscii } from './isAscii.ts';
import { isPlain } from './isPlain.ts';
import { numberBytes } from './numberBytes.ts';
import { type SchemaNode, isKnown } from './schemaNode.ts';

/** What was met on the way. */
export interface Seen {
  /** An `int64` in digits. */
  digits: boolean;
  /** A text that is not all ASCII. */
  wide: boolean;
  /** No text that is wide or needs escapes, no digits: `bytes` tells the size. */
  plain: boolean;
  /** Bytes of the value in JSON, if all is plain: exact but for fractions, each of which counts as the longest one. */
  bytes: number;
}

/** Whether a value certainly fits. */
export type Fits = (value: unknown, seen: Seen) => boolean;

/**
 * Compiles a schema to the question whether a value fits, a fraction of what a validator costs that also tells what is
 * wrong. It accepts nothing that the schema refuses; what it does not accept is for the validator to judge.
 *
 * @returns undefined for a schema that uses more than is known here
 */
export function fits(schema: object): Fits | undefined {
  const node = schema as SchemaNode;
  if (!isKnown(node)) return undefined;
  const code = new FitsCode();
  const expression = code.expression(node);
  // As validators are made: every name in the code is a JSON string, and the schemas are ours.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const make = new Function(
    ...['digits', 'patterns', 'isAscii', 'isPlain', 'numberBytes'],
    `let seen, size;
    function text(v) {
      if (isPlain(v)) size += v.length + 2;
      else {
        seen.plain = false;
        if (!seen.wide && !isAscii(v)) seen.wide = true;
      }
      return true;
    }
    ${code.text}
    return (v, into) => {
      seen = into;
      size = 0;
      seen.digits = seen.wide = false;
      seen.plain = true;
      const fitting = ${expression};
      seen.bytes = size;
      return fitting;
    };`,
  ) as (...given: readonly unknown[]) => Fits;
  return make(digits, code.patterns, isAscii, isPlain, numberBytes);
}
