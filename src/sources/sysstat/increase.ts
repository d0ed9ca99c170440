import type { Int64 } from '../../schema/fields.ts';

type Reading = Int64 | null | undefined;

/** How much a counter grew; null where a value is missing, or where it went back: a reset, or another device. */
export function increase(before: Reading, now: Reading): number | null {
  if (before === null || before === undefined || now === null || now === undefined) return null;
  const grown =
    typeof before === 'number' && typeof now === 'number'
      ? now - before
      : Number(BigInt(now) - BigInt(before));
  return grown < 0 ? null : grown;
}
