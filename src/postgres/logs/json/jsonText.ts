import type { RawBytes } from '../rawText.ts';

const letterU = 117;
const escapes = new Set(Buffer.from('"\\/bfnrt'));

/** Whether what stands behind a backslash is an escape of JSON. */
export const isJsonEscape = (bytes: RawBytes, at: number): boolean =>
  escapes.has(bytes[at] ?? 0) ||
  (bytes[at] === letterU && /^[\da-f]{4}$/i.test(bytes.toString('latin1', at + 1, at + 5)));

/** A text as it is, of what JSON writes between its quotes. */
export function fromJsonText(text: string): string {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return text;
  }
}
