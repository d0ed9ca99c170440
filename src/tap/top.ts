import type { Json } from '../schema/json.ts';
import type { Metric } from '../schema/metric.ts';
import { seriesOf } from './seriesOf.ts';
import { valueAt } from './valueAt.ts';

/** One row of the table. */
export interface TopRow {
  readonly label: string;
  /** Per second; null for what is no counter, and before there are two readings. */
  readonly rate: number | null;
  /** The newest value. */
  readonly value: number;
  /** Rates (of what is no counter: values), oldest first. */
  readonly course: readonly number[];
}

/** Rows, the newest readings of what was seen. */
export interface Top {
  readonly add: (metric: Metric) => void;
  readonly rows: () => TopRow[];
}

/** What is meant by a word. */
const WORDS: Readonly<Record<string, string>> = {
  writes: 'tables.tuples_inserted+tables.tuples_updated+tables.tuples_deleted',
  time: 'queries.total_time',
  calls: 'queries.calls',
};
const NAMES = ['schema', 'name', 'device', 'interface', 'mount', 'text', 'hash'];
const MAX_ROWS = 10_000;
const MAX_COURSE = 30;

interface Kept {
  readonly label: string;
  at: number;
  epoch: string;
  value: number;
  rate: number | null;
  readonly course: number[];
}

/**
 * Follows one number through the readings of all series: a field (`transactions_committed`), a field of the items of a
 * list (`tables.seq_scan`), a sum of such (`a+b`), or a word (`writes`, `time`, `calls`). Rates are reset-safe: none where
 * a value fell or the epoch changed.
 */
export function top(field: string, isCounter: (type: string, field: string) => boolean): Top {
  const paths = (Object.hasOwn(WORDS, field) ? (WORDS[field] ?? field) : field)
    .split('+')
    .map((path) => path.trim());
  const kept = new Map<string, Kept>();
  const note = (key: string, label: string, value: number, metric: Metric): void => {
    const at = Date.parse(metric.timestamp);
    const epoch = JSON.stringify([metric['stats_epoch'], metric['stats_reset']]);
    const before = kept.get(key);
    kept.delete(key);
    const counts = paths.some((path) => isCounter(metric.type, path));
    const seconds = before ? (at - before.at) / 1_000 : 0;
    const fits = counts && before && seconds > 0 && before.epoch === epoch && value >= before.value;
    const rate = fits ? (value - before.value) / seconds : null;
    const course = before?.course ?? [];
    if (!counts || rate !== null) course.push(rate ?? value);
    if (course.length > MAX_COURSE) course.shift();
    kept.set(key, { label, at, epoch, value, rate, course });
    if (kept.size > MAX_ROWS) kept.delete(kept.keys().next().value ?? '');
  };
  return {
    add: (metric) => {
      const series = seriesOf({ ...metric, part: null });
      const where = [metric['server'] ?? metric['host'], metric['database']]
        .filter(isText)
        .join('/');
      const plain = sum(paths.map((path) => valueAt(metric, path.split('.'))));
      if (plain !== null) note(series, where, plain, metric);
      for (const [list, fields] of byList(paths)) {
        const items = metric[list];
        if (!isList(items)) continue;
        for (const item of items) {
          const value = sum(fields.map((path) => valueAt(item, path)));
          const name = nameOf(item);
          if (value !== null)
            note(`${series} ${list} ${keyOf(item)}`, `${where} ${name}`, value, metric);
        }
      }
    },
    rows: () =>
      [...kept.values()].map(({ label, rate, value, course }) => ({ label, rate, value, course })),
  };
}

/** The fields of each list: the part behind its name. */
function byList(paths: readonly string[]): Map<string, string[][]> {
  const lists = new Map<string, string[][]>();
  for (const path of paths) {
    const [list = '', ...rest] = path.split('.');
    if (rest.length > 0) lists.set(list, [...(lists.get(list) ?? []), rest]);
  }
  return lists;
}

/** Null where none of them is a number. */
function sum(values: readonly Json[]): number | null {
  const numbers = values
    .map((value) =>
      typeof value === 'string' && /^-?\d{16,}$/.test(value) ? Number(value) : value,
    )
    .filter((value) => typeof value === 'number');
  return numbers.length === 0 ? null : numbers.reduce((total, value) => total + value, 0);
}

const nameOf = (item: Json): string =>
  NAMES.map((name) => valueAt(item, [name]))
    .filter(isText)
    .slice(0, 2)
    .join(' ')
    .replace(/\s+/g, ' ');

/** Of a statement its hash: texts come and go. */
const keyOf = (item: Json): string =>
  JSON.stringify(
    ['hash', 'user', ...NAMES]
      .map((name) => valueAt(item, [name]))
      .filter(isText)
      .slice(0, 3),
  );

const isText = (value: Json | undefined): value is string => typeof value === 'string';
const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
