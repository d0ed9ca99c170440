import type { Row } from '../../ports/server.ts';
import { placeOf } from './rowColumns.ts';

/** What statements are ranked by; what stands together is added up. */
const measured = (
  [
    ['total_time'],
    ['calls'],
    ['shared_blks_read'],
    ['temp_blks_read', 'temp_blks_written'],
    ['wal_bytes'],
  ] as const
).map((names) => names.map(placeOf));

/** How many measures there are. */
export const measureCount = measured.length;

/** Time, calls, blocks read, temporary blocks and WAL of a statement. Beyond 2^53 they are rounded, which ranks well enough. */
export function measuresOf(row: Row): readonly number[] {
  const measures: number[] = [];
  for (const places of measured) {
    let sum = 0;
    for (const place of places) sum += Number(row[place] ?? 0);
    measures.push(sum);
  }
  return measures;
}
