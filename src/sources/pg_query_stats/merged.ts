import type { Json } from '../../schema/json.ts';
import { Sum } from './sums.ts';

type Row = Readonly<Record<string, Json>>;

/**
 * One row for each `hash`: rows that differ in user or level only are added up, for backends that keep one row for each
 * statement. `user` and `toplevel` become null where they differ; counted since the latest `stats_since`.
 */
export function merged(rows: readonly Row[]): readonly Row[] {
  const byHash = new Map<Json | undefined, Row[]>();
  for (const row of rows) {
    const same = byHash.get(row['hash']);
    if (same) same.push(row);
    else byHash.set(row['hash'], [row]);
  }
  return [...byHash.values()].map((same) => (same.length === 1 ? (same[0] as Row) : one(same)));
}

function one(rows: readonly Row[]): Row {
  const [first = {}] = rows;
  const sum = new Sum();
  for (const row of rows) sum.add(row, 1);
  const numbers = (field: string): number[] =>
    rows.flatMap((row) => (typeof row[field] === 'number' ? row[field] : []));
  const same = (field: string): Json =>
    rows.every((row) => row[field] === first[field]) ? (first[field] ?? null) : null;
  const moments = rows.flatMap(({ stats_since }) =>
    typeof stats_since === 'string' ? stats_since : [],
  );
  return {
    ...first,
    ...sum.fields(),
    user: same('user'),
    toplevel: same('toplevel'),
    mean_time: mean(rows),
    min_time: numbers('min_time').length > 0 ? Math.min(...numbers('min_time')) : null,
    max_time: numbers('max_time').length > 0 ? Math.max(...numbers('max_time')) : null,
    stddev_time: deviation(rows),
    stats_since: moments.sort().at(-1) ?? null,
  };
}

/** Executions, mean and deviation of a row as numbers. */
const timing = (row: Row) => ({
  calls: Number(row['calls'] ?? 0),
  mean: Number(row['mean_time'] ?? 0),
  deviation: Number(row['stddev_time'] ?? 0),
});

function mean(rows: readonly Row[]): number | null {
  const all = rows.map(timing);
  const calls = all.reduce((sum, each) => sum + each.calls, 0);
  if (calls === 0) return null;
  return all.reduce((sum, each) => sum + each.calls * each.mean, 0) / calls;
}

/** The deviation of all executions together: PostgreSQL's is that of the population. */
function deviation(rows: readonly Row[]): number | null {
  const all = rows.map(timing);
  const calls = all.reduce((sum, each) => sum + each.calls, 0);
  const middle = mean(rows);
  if (middle === null) return null;
  const squares = all.reduce(
    (sum, each) => sum + each.calls * (each.deviation ** 2 + (each.mean - middle) ** 2),
    0,
  );
  return Math.sqrt(squares / calls);
}
