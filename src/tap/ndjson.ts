import type { Entry } from '../schema/journal.ts';

/** Shows validated metrics to a program: the exact JSON that will be sent, one metric a line. */
export const ndjson = (entry: Entry): string | undefined =>
  entry.at === 'validated' ? entry.line.json : undefined;
