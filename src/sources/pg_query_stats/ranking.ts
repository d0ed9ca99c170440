import { chooser } from '../../postgres/choose.ts';
import type { Statement } from './statements.ts';

/** What statements are ranked by. */
const measures: readonly ((fields: Statement['fields']) => number)[] = [
  ({ total_time }) => Number(total_time),
  ({ calls }) => Number(calls),
  ({ shared_blks_read }) => Number(shared_blks_read),
  ({ temp_blks_read, temp_blks_written }) => Number(temp_blks_read) + Number(temp_blks_written),
  ({ wal_bytes }) => Number(wal_bytes),
];

/** The measures of each statement of a database at one reading, by key. */
export type Baseline = ReadonlyMap<string, Float64Array>;

/** The baseline that the next reading is ranked against. */
export const baselineOf = (statements: readonly Statement[]): Baseline =>
  new Map(
    statements.map(({ key, fields }) => [
      key,
      Float64Array.from(measures, (measure) => measure(fields)),
    ]),
  );

/**
 * The statements that increased most since the baseline: the first by time, by calls, by reads, by temporary blocks and by
 * WAL, then the second of each, and so on. A value below that of the baseline was reset, and counts whole.
 */
export function topByIncrease(
  statements: readonly Statement[],
  before: Baseline,
  max: number,
): readonly Statement[] {
  const increase = (index: number) => {
    const measure = measures[index] as (typeof measures)[number];
    return ({ key, fields }: Statement): number => {
      const now = measure(fields);
      const then = before.get(key)?.[index] ?? 0;
      return now < then ? now : now - then;
    };
  };
  const { add, result } = chooser<Statement>({
    max,
    rankings: measures.map((_, index) => increase(index)),
    keep: () => false,
  });
  add(statements);
  return result().chosen;
}
