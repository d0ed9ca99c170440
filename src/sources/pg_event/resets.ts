import type { Row } from '../../ports/server.ts';
import { timestamp } from '../../postgres/values.ts';
import type { Happening } from './lifeEvents.ts';

/** When each kind of statistics was last reset, by what it is of. */
export type Resets = ReadonlyMap<string, Reset>;

interface Reset {
  /** The view. */
  readonly view: string;
  /** A database; null: of the server. */
  readonly database: string | null;
  /** A cache of `pg_stat_slru`; null: the whole view. */
  readonly part: string | null;
  readonly at: string | null;
}

/** Views of one row with a `stats_reset`. */
const views = [
  'pg_stat_bgwriter',
  'pg_stat_checkpointer',
  'pg_stat_wal',
  'pg_stat_archiver',
  'pg_stat_recovery_prefetch',
];

/** `[view, database, part, stats_reset]` of all that the server has. */
export const resetsSql = (has: (need: string) => boolean): string =>
  [
    ...(has('pg_stat_database.stats_reset')
      ? [
          `SELECT 'pg_stat_database', datname::text, NULL, stats_reset FROM pg_stat_database WHERE datid <> 0`,
        ]
      : []),
    ...views
      .filter((view) => has(`${view}.stats_reset`))
      .map((view) => `SELECT '${view}', NULL, NULL, stats_reset FROM ${view}`),
    ...(has('pg_stat_io.stats_reset')
      ? [`SELECT 'pg_stat_io', NULL, NULL, max(stats_reset) FROM pg_stat_io`]
      : []),
    ...(has('pg_stat_slru.stats_reset')
      ? [`SELECT 'pg_stat_slru', NULL, name, stats_reset FROM pg_stat_slru`]
      : []),
  ].join(' UNION ALL ');

/** The rows of `resetsSql`. */
export const resetsOf = (rows: readonly Row[]): Resets =>
  new Map(
    rows.map(([view = null, database = null, part = null, at = null]) => [
      JSON.stringify([view, database, part]),
      { view: view ?? '', database, part, at: timestamp(at) },
    ]),
  );

/**
 * The statistics that were reset between two readings of one epoch. What is new (a database) was not reset. Before 15 a
 * database has no `stats_reset` until somebody connects to it.
 */
export function resetEvents(before: Resets, now: Resets, versionNum: number): readonly Happening[] {
  const events: Happening[] = [];
  for (const [key, { view, database, part, at }] of now) {
    const known = before.get(key);
    if (known === undefined || at === null || known.at === at) continue;
    if (known.at === null && versionNum < 150_000) continue;
    const what = part === null ? view : `${view} (${part})`;
    events.push({
      event: 'statistics_reset',
      database,
      happened_at: at,
      object: what,
      before: known.at,
      after: at,
      message: `${what} was reset${database === null ? '' : ` in database "${database}"`}`,
    });
  }
  return merged(events);
}

/** A reset of all caches is one event. */
function merged(events: readonly Happening[]): readonly Happening[] {
  const caches = events.filter(({ object }) => object?.startsWith('pg_stat_slru'));
  const [first] = caches;
  if (first === undefined || caches.length < 2) return events;
  return [
    ...events.filter((event) => !caches.includes(event)),
    {
      ...first,
      object: 'pg_stat_slru',
      count: caches.length,
      message: `${caches.length} caches of pg_stat_slru were reset`,
    },
  ];
}
