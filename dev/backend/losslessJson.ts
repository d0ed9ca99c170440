import { randomUUID } from 'node:crypto';

/** What `losslessJson` reads. */
export type LosslessJson =
  null | boolean | number | bigint | string | LosslessJson[] | { [key: string]: LosslessJson };

/** What a reader of numbers has to see: escapes and quotes tell where strings end. Flat, so that no string is too long. */
const token = /\\.|"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const integer = /^-?[1-9]\d{15,}$/;

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
  let inString = false;
  const marked = source.replace(token, (found) => {
    if (found === '"') inString = !inString;
    const isLarge = !inString && integer.test(found) && !Number.isSafeInteger(Number(found));
    return isLarge ? `"${mark}${found}"` : found;
  });
  return JSON.parse(marked, (_key, value: LosslessJson) =>
    typeof value === 'string' && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  ) as LosslessJson;
}
