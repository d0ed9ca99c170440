import type { Json } from '../schema/json.ts';
import type { Metric } from '../schema/metric.ts';

/** What a metric is one reading of: its type, server, database, and the part of a long reading. */
export function seriesOf({ type, server, database, part }: Metric): string {
  return JSON.stringify([type, server, database, (part as { index?: Json } | undefined)?.index]);
}
