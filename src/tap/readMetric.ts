import type { Metric } from '../schema/metric.ts';

/** Strings, which stay, and bare integers of 16 digits and more, which a number may not hold. */
const LONG = /"(?:[^"\\]|\\.)*"|(?<=[:,[])(-?\d{16,})(?=[,}\]])/g;

/** A metric from the JSON text that is sent. Integers beyond 2^53 become digits, as sources give them. */
export function readMetric(json: string): Metric {
  const safe = /\d{16}/.test(json)
    ? json.replace(LONG, (text, digits: string | undefined) =>
        digits === undefined || Number.isSafeInteger(Number(digits)) ? text : `"${digits}"`,
      )
    : json;
  return JSON.parse(safe) as Metric;
}
