/**
 * `pg_stat_get_activity` to join to what else is read by pid; where it is closed to the role, no rows: what is read of it is
 * null then, and the rest is still there. Not for what counts its rows.
 */
export const activityFrom = (has: (need: string) => boolean): string =>
  has('pg_stat_get_activity()')
    ? 'pg_stat_get_activity(NULL)'
    : '(SELECT NULL::integer AS pid WHERE false)';
