import type { Metric } from '../schema/metric.ts';

/** What the schemas say of fields; those of the items of a list are named by the list: `tables.seq_scan`. */
export interface Declared {
  /** Whether a field counts up until it starts anew. */
  readonly isCounter: (metric: Metric, path: string) => boolean;
  /** The fields that tell the items of a list apart; undefined where none are declared. */
  readonly keyOf: (type: string, list: string) => readonly string[] | undefined;
}
