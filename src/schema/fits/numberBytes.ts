/** The longest number: `-0.0000012345678901234567`. */
const LONGEST = 25;

/** How many characters a finite number has in JSON: exact for integers below 10^16, the most possible for all others. */
export function numberBytes(value: number): number {
  const size = Math.abs(value);
  if (size >= 1e16 || !Number.isInteger(value)) return LONGEST;
  let bytes = value < 0 ? 2 : 1;
  for (let next = 10; size >= next; next *= 10) bytes++;
  return bytes;
}
