/** The milliseconds of `duration: 12.345 ms …` (`log_min_duration_statement`, `log_duration`, auto_explain). */
export function durationOf(message: string): number | undefined {
  const digits = /^duration: (\d{1,15}(?:\.\d{1,6})?) ms/.exec(message)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
