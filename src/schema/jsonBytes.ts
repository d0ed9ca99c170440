import { isPlain } from './fits/isPlain.ts';
import { numberBytes } from './fits/numberBytes.ts';
import type { Json } from './json.ts';

/**
 * How many bytes a value has as JSON at most: exact but for fractions and integers beyond 10^16, which are taken for as
 * long as numbers can be. Writes no text, unlike measuring the text itself.
 */
export function jsonBytes(value: Json): number {
  if (value === null) return 4;
  switch (typeof value) {
    case 'number':
      return numberBytes(value);
    case 'boolean':
      return value ? 4 : 5;
    case 'string':
      return textBytes(value);
    default:
  }
  let bytes = 2;
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) bytes += jsonBytes(item) + 1;
    return bytes;
  }
  for (const name in value as Readonly<Record<string, Json>>) {
    const field = (value as Readonly<Record<string, Json | undefined>>)[name];
    if (field !== undefined) bytes += textBytes(name) + jsonBytes(field) + 2;
  }
  return bytes;
}

const textBytes = (text: string): number =>
  isPlain(text) ? text.length + 2 : Buffer.byteLength(JSON.stringify(text));
