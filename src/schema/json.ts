/** Any JSON value, read-only. */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A number of metrics (or of log entries) by metric type. */
export type Counts = Readonly<Record<string, number>>;

/** The sum over all types. */
export const sumOf = (counts: Counts): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);
