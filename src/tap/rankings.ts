/** What a live table ranks. */
export interface Ranking {
  /** Dotted paths of the numbers that are added up: of a metric, or of the items of a list. */
  readonly paths: readonly string[];
  /** The fields that name a row; items that have them in common are one row. Default: what names an item. */
  readonly by?: readonly string[];
  /** What it shows, in words. */
  readonly says: string;
}

/** Rankings that have a name. */
export const rankings: Readonly<Record<string, Ranking>> = {
  writes: {
    paths: ['tables.n_tup_ins', 'tables.n_tup_upd', 'tables.n_tup_del'],
    says: 'tables by rows written',
  },
  reads: { paths: ['tables.seq_tup_read', 'tables.idx_tup_fetch'], says: 'tables by rows read' },
  time: { paths: ['queries.total_time'], says: 'queries by time' },
  calls: { paths: ['queries.calls'], says: 'queries by calls' },
  waits: {
    paths: ['waits.sessions_average'],
    by: ['wait_event_type', 'wait_event'],
    says: 'sessions by what they wait for',
  },
};

/** The ranking of a name, of a field (`transactions_committed`, `tables.seq_scan`), or of a sum of fields (`a+b`). */
export function rankingOf(text: string): Ranking {
  const named = Object.hasOwn(rankings, text) ? rankings[text] : undefined;
  if (named) return named;
  const paths = text
    .split('+')
    .map((path) => path.trim())
    .filter((path) => path !== '');
  return { paths, says: text };
}
