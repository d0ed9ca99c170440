import type { RawText } from './rawText.ts';

const zero = 48;
const dot = 46;

/**
 * The milliseconds of a message `duration: 12.345 ms …` (`log_min_duration_statement`, `log_duration`, auto_explain) that
 * stands at `text.slice(from, to)`; NaN where it is none.
 */
export function durationAt(text: RawText, from: number, to: number): number {
  if (!text.startsWith('duration: ', from)) return NaN;
  let value = 0;
  let scale = 0;
  let at = from + 10;
  const last = Math.min(to, from + 40);
  for (; at < last; at++) {
    const code = text.charCodeAt(at);
    // Digits and one dot: no exponent, no hexadecimal.
    if (code === dot && scale === 0) scale = 1;
    else if (code >= zero && code < zero + 10) {
      value = value * 10 + (code - zero);
      scale *= 10;
    } else break;
  }
  if (at === from + 10 || at + 3 > to || !text.startsWith(' ms', at)) return NaN;
  return scale > 1 ? value / scale : value;
}
