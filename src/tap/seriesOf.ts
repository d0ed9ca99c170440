import type { Json } from '../schema/json.ts';
import type { Metric } from '../schema/metric.ts';

/** What a metric is one reading of: its type, server, database, its own name, and the part of a long reading. */
export function seriesOf({ type, server, database, name, part }: Metric): string {
  return JSON.stringify([
    type,
    server,
    database,
    name,
    (part as { index?: Json } | undefined)?.index,
  ]);
}
