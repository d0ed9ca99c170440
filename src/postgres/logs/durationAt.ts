import type { RawBytes } from './rawText.ts';
import { standsAt } from './standsAt.ts';

const zero = 48;
const dot = 46;
const begin = Buffer.from('duration: ');
const unit = Buffer.from(' ms');

/**
 * The milliseconds of a message `duration: 12.345 ms …` (`log_min_duration_statement`, `log_duration`, auto_explain) that
 * stands at `from` to `to`; NaN where it is none.
 */
export function durationAt(bytes: RawBytes, from: number, to: number): number {
  if (!standsAt(bytes, from, begin)) return NaN;
  let value = 0;
  let scale = 0;
  let at = from + 10;
  const last = Math.min(to, from + 40);
  for (; at < last; at++) {
    const code = bytes[at] ?? 0;
    // Digits and one dot: no exponent, no hexadecimal.
    if (code === dot && scale === 0) scale = 1;
    else if (code >= zero && code < zero + 10) {
      value = value * 10 + (code - zero);
      scale *= 10;
    } else break;
  }
  if (at === from + 10 || at + 3 > to || !standsAt(bytes, at, unit)) return NaN;
  return scale > 1 ? value / scale : value;
}
