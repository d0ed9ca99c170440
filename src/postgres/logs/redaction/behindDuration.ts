import { standsAt } from '../standsAt.ts';

const begin = 10; // duration:
const unit = Buffer.from(' ms  ');
const [colon, space] = [58, 32] as const;

/**
 * Where the statement begins in the message at `from` to `to` that tells a duration (`duration: 1.2 ms  execute p1: …`,
 * postgres.c); -1 where it has none that can be found.
 */
export function behindDuration(bytes: Uint8Array, from: number, to: number): number {
  let at = from + begin;
  while (at < to && (bytes[at] !== space || !standsAt(bytes, at, unit))) at++;
  if (at >= to) return -1;
  const phase = at + unit.length;
  for (at = phase; at < to; at++) {
    if (bytes[at] === colon && bytes[at + 1] === space) return at + 2;
  }
  return phase;
}
