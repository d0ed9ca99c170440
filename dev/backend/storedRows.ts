import type { LosslessJson } from './losslessJson.ts';

/** Fields of a query row that the backend in the field reads into 64-bit integers; all its other numbers are doubles. */
const integers = new Set([
  'hash',
  'calls',
  'rows',
  ...['hit', 'read', 'dirtied', 'written'].flatMap((what) => [
    `shared_blks_${what}`,
    `local_blks_${what}`,
  ]),
  'temp_blks_read',
  'temp_blks_written',
  'wal_records',
  'wal_fpi',
  'wal_bytes',
]);
const doubles = new Set([
  ...['total', 'mean', 'min', 'max', 'stddev'].map((what) => `${what}_time`),
  'blk_read_time',
  'blk_write_time',
  'query_plan_time',
  'query_exec_time',
]);
const limit = 2n ** 63n;

/**
 * How many rows of a metric the backend in the field stores: those of `pg_query_stats`, and none where a single one
 * does not fit, for then the whole metric vanishes without an error.
 */
export function storedRows(metric: LosslessJson): number {
  if (typeof metric !== 'object' || metric === null || Array.isArray(metric)) return 0;
  const { type, queries } = metric;
  if (type !== 'pg_query_stats' || !Array.isArray(queries)) return 0;
  return queries.every(fits) ? queries.length : 0;
}

function fits(row: LosslessJson): boolean {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return false;
  return Object.entries(row).every(([name, value]) => {
    if (value === null) return true;
    if (integers.has(name)) return isInt64(value);
    if (doubles.has(name)) return typeof value === 'number' || typeof value === 'bigint';
    return name !== 'text' || typeof value === 'string';
  });
}

function isInt64(value: LosslessJson): boolean {
  if (typeof value === 'bigint') return value >= -limit && value < limit;
  return typeof value === 'number' && Number.isInteger(value);
}
