/** The milliseconds of `duration: 12.345 ms …` (`log_min_duration_statement`, `log_duration`, auto_explain). */
export function durationOf(message: string): number | undefined {
  if (!message.startsWith('duration: ')) return undefined;
  const end = message.slice(0, 40).indexOf(' ms', 10);
  if (end < 11) return undefined;
  for (let at = 10; at < end; at++) {
    const code = message.charCodeAt(at);
    // Digits and a dot: no exponent, no hexadecimal.
    if (code !== 46 && (code < 48 || code > 57)) return undefined;
  }
  const ms = Number(message.slice(10, end));
  return Number.isNaN(ms) ? undefined : ms;
}
