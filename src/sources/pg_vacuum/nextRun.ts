import type { Json } from '../../schema/json.ts';

export const actions = ['vacuum', 'analyze', 'vacuum_and_analyze'] as const;
export const reasons = ['wraparound', 'dead_tuples', 'inserts', 'modified'] as const;
export const obstacles = ['track_counts', 'autovacuum', 'table_option'] as const;

/** What autovacuum will do with a table when it comes by. */
export interface NextRun {
  /** Null: nothing is due. */
  readonly next: (typeof actions)[number] | null;
  /** Why: the most pressing reason. */
  readonly reason: (typeof reasons)[number] | null;
  /** What keeps autovacuum from it. Nothing does where ids would wrap around. */
  readonly prevented_by: (typeof obstacles)[number] | null;
}

/**
 * Judges as autovacuum does, from the fields of `vacuumColumns` and `databaseColumns`: a run is due above a threshold, not
 * at it.
 */
export function nextRun(
  table: Readonly<Record<string, Json>>,
  database: Readonly<Record<string, Json>>,
): NextRun {
  const above = (value: string, limit: string): boolean => {
    const [is, most] = [table[value] ?? null, table[limit] ?? null];
    return is !== null && most !== null && Number(is) > Number(most);
  };
  const wraparound =
    above('freeze_age', 'freeze_max_age') || above('multixact_age', 'multixact_freeze_max_age');
  const dead = above('dead_tuples', 'vacuum_threshold');
  const inserts = above('inserted_since_vacuum', 'insert_threshold');
  const analyze = above('modified_since_analyze', 'analyze_threshold');
  const vacuum = wraparound || dead || inserts;
  if (!vacuum && !analyze) return { next: null, reason: null, prevented_by: null };
  const prevented_by =
    database['track_counts'] === false
      ? 'track_counts'
      : database['autovacuum'] === false
        ? 'autovacuum'
        : table['autovacuum_enabled'] === false
          ? 'table_option'
          : null;
  if (wraparound) {
    // A forced run is made whatever is turned off, and then only what else is not.
    const next = analyze && prevented_by === null ? 'vacuum_and_analyze' : 'vacuum';
    return { next, reason: 'wraparound', prevented_by: null };
  }
  return {
    next: vacuum ? (analyze ? 'vacuum_and_analyze' : 'vacuum') : 'analyze',
    reason: dead ? 'dead_tuples' : inserts ? 'inserts' : 'modified',
    prevented_by,
  };
}
