/** The milliseconds of `duration: 12.345 ms …` (`log_min_duration_statement`, `log_duration`, auto_explain). */
export function durationOf(message: string): number | undefined {
  if (!message.startsWith('duration: ')) return undefined;
  const end = message.slice(0, 40).indexOf(' ms', 10);
  const digits = end < 0 ? '' : message.slice(10, end);
  return /^\d{1,15}(?:\.\d{1,6})?$/.test(digits) ? Number(digits) : undefined;
}
