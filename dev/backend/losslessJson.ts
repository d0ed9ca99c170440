import { randomUUID } from 'node:crypto';

/** What `losslessJson` reads. */
export type LosslessJson =
  null | boolean | number | bigint | string | LosslessJson[] | { [key: string]: LosslessJson };

/** Strings and numbers; between them nothing of JSON can hold a digit. Unrolled, so that no long string nests. */
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const integer = /^-?\d{16,}$/;

/**
 * Reads JSON as `JSON.parse` does, except that an integer beyond ±(2^53 − 1) becomes a bigint instead of the nearest
 * double.
 *
 * @throws SyntaxError as `JSON.parse` does.
 */
export function losslessJson(source: string): LosslessJson {
  if (!/\d{16}/.test(source)) return JSON.parse(source) as LosslessJson;
  // Large integers pass through JSON.parse as strings that nothing else can contain.
  const mark = `${randomUUID()}:`;
  const marked = source.replace(token, (found) =>
    integer.test(found) && !Number.isSafeInteger(Number(found)) ? `"${mark}${found}"` : found,
  );
  return JSON.parse(marked, (_key, value: LosslessJson) =>
    typeof value === 'string' && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  ) as LosslessJson;
}
