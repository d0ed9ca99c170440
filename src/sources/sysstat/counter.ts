import type { Int64 } from '../../schema/fields.ts';

const greatest = 2n ** 63n - 1n;

/**
 * A counter of the kernel, exactly: a number, or its digits beyond 2^53. Null where the text is no number, or one
 * that a signed 64-bit receiver cannot read.
 */
export function counter(text: string | undefined): Int64 | null {
  if (text === undefined || !/^\d{1,20}$/.test(text)) return null;
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  const exact = BigInt(text);
  return exact > greatest ? null : exact.toString();
}
