import type { Json } from '../schema/json.ts';
import type { Metric } from '../schema/metric.ts';
import type { Moment } from './course.ts';
import type { Declared } from './declared.ts';
import { epochOf } from './epochOf.ts';
import { NAMES, itemKey } from './itemKey.ts';
import type { Ranking } from './rankings.ts';
import { type Count, rise } from './rise.ts';
import { seriesOf } from './seriesOf.ts';
import { valueAt } from './valueAt.ts';

/** One row of the table. */
export interface TopRow {
  readonly label: string;
  /** Per second; null for what is no counter, before there are two readings, and where the newest one has it no more. */
  readonly rate: number | null;
  /** The newest value. */
  readonly value: number;
  /** Rates (of what is no counter: values), oldest first. */
  readonly course: readonly Moment[];
}

/** Rows, the newest readings of what was seen. */
export interface Top {
  readonly add: (metric: Metric) => void;
  readonly rows: () => TopRow[];
}

const MAX_ROWS = 5_000;
const MAX_COURSE = 120;
/** What was not read for so long is no row any more, in ms: longer than any two readings are apart but the daily ones. */
const FORGET_MS = 900_000;

interface Kept {
  readonly label: string;
  readonly group: string;
  readonly counts: boolean;
  readonly newest: Count;
  readonly rate: number | null;
  readonly course: Moment[];
}

/**
 * Follows one number through the readings of all series. Rates are reset-safe, see `rise`. What a reading does not have any more is 0 where it is no counter, and has no rate where it is one.
 */
export function top({ paths, by }: Ranking, { isCounter, keyOf }: Declared): Top {
  const kept = new Map<string, Kept>();
  /** When each list was last read. */
  const newest = new Map<string, number>();
  const note = (group: string, key: string, label: string, now: Count, metric: Metric): void => {
    const id = `${group} ${key}`;
    const before = kept.get(id);
    kept.delete(id);
    const counts = paths.some((path) => isCounter(metric, path));
    const risen = counts && before ? rise(before.newest, now) : undefined;
    const rate = risen?.perSecond ?? null;
    const course = before?.course ?? [];
    if (!counts || rate !== null) course.push({ at: now.at, value: rate ?? now.value });
    if (course.length > MAX_COURSE) course.shift();
    kept.set(id, { label, group, counts, newest: now, rate, course });
    if (kept.size > MAX_ROWS) kept.delete(kept.keys().next().value ?? '');
  };
  const isFresh = ({ group, newest: { at } }: Kept): boolean => at >= (newest.get(group) ?? 0);
  return {
    add: (metric) => {
      const at = Date.parse(metric.timestamp);
      const series = seriesOf({ ...metric, part: null });
      const where = [metric['server'] ?? metric['host'], metric['database']]
        .filter(isText)
        .join('/');
      const epoch = epochOf(metric);
      const plain = sum(paths.map((path) => valueAt(metric, path.split('.'))));
      if (plain !== null) {
        newest.set(series, at);
        note(series, '', where, { at, epoch, value: plain }, metric);
      }
      for (const [list, fields] of byList(paths)) {
        const items = metric[list];
        if (!isList(items)) continue;
        const group = `${series} ${list}`;
        newest.set(group, at);
        const rows = added(items, fields, { by, key: keyOf(metric.type, list) });
        for (const [key, { label, value, epoch: own }] of rows) {
          note(group, key, `${where} ${label}`, { at, epoch: epoch + own, value }, metric);
        }
      }
    },
    rows: () => {
      const now = Math.max(0, ...newest.values());
      for (const [id, row] of kept) if (row.newest.at < now - FORGET_MS) kept.delete(id);
      return [...kept.values()].map((row) => {
        const { label, rate, newest: count, course, counts } = row;
        const { value } = count;
        if (isFresh(row)) return { label, rate, value, course };
        return { label, rate: null, value: counts ? value : 0, course };
      });
    },
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

/** The rows of a list by key; items of one key are added up. */
function added(
  items: readonly Json[],
  fields: readonly string[][],
  {
    by,
    key,
  }: { readonly by: readonly string[] | undefined; readonly key: readonly string[] | undefined },
): Map<string, { readonly label: string; readonly value: number; readonly epoch: string }> {
  const rows = new Map<string, { label: string; value: number; epoch: string }>();
  for (const item of items) {
    const value = sum(fields.map((path) => valueAt(item, path)));
    if (value === null) continue;
    const id = itemKey(item, by ?? key);
    const row = rows.get(id) ?? {
      label: nameOf(item, by ?? NAMES, key ?? []),
      value: 0,
      epoch: '',
    };
    row.value += value;
    row.epoch += ` ${epochOf(item as Readonly<Record<string, Json>>)}`;
    rows.set(id, row);
  }
  return rows;
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

/** The first two names that it has, else what tells it apart: a statement may come without its text. Who waits for nothing runs. */
function nameOf(item: Json, by: readonly string[], key: readonly string[]): string {
  const [names = ['running']] = [by, key]
    .map((fields) => fields.map((name) => valueAt(item, [name])).filter(isName))
    .filter((found) => found.length > 0);
  return names.slice(0, 2).join(' ').replace(/\s+/g, ' ');
}

const isName = (value: Json): value is string | number =>
  typeof value === 'string' || typeof value === 'number';
const isText = (value: Json | undefined): value is string => typeof value === 'string';
const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
