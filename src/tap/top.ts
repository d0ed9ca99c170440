import type { Json } from '../schema/json.ts';
import type { Metric } from '../schema/metric.ts';
import type { Moment } from './course.ts';
import type { Ranking } from './rankings.ts';
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

/** What names an item of a list: the first two that it has; a statement without its text by its hash. */
const NAMES = ['schema', 'name', 'device', 'interface', 'mount', 'text'];
const MAX_ROWS = 5_000;
const MAX_COURSE = 120;
/** What was not read for so long is no row any more, in ms: longer than any two readings are apart but the daily ones. */
const FORGET_MS = 900_000;

interface Kept {
  readonly label: string;
  readonly group: string;
  readonly counts: boolean;
  at: number;
  epoch: string;
  value: number;
  rate: number | null;
  readonly course: Moment[];
}

/**
 * Follows one number through the readings of all series. Rates are reset-safe: none where a value fell or the epoch
 * changed. What a reading does not have any more is 0 where it is no counter, and has no rate where it is one.
 */
export function top(
  { paths, by = NAMES }: Ranking,
  isCounter: (type: string, field: string) => boolean,
): Top {
  const kept = new Map<string, Kept>();
  /** When each list was last read. */
  const newest = new Map<string, number>();
  const note = (group: string, key: string, label: string, value: number, metric: Metric): void => {
    const at = Date.parse(metric.timestamp);
    const epoch = JSON.stringify([metric['stats_epoch'], metric['stats_reset']]);
    const id = `${group} ${key}`;
    const before = kept.get(id);
    kept.delete(id);
    const counts = paths.some((path) => isCounter(metric.type, path));
    const seconds = before ? (at - before.at) / 1_000 : 0;
    const fits = counts && before && seconds > 0 && before.epoch === epoch && value >= before.value;
    const rate = fits ? (value - before.value) / seconds : null;
    const course = before?.course ?? [];
    if (!counts || rate !== null) course.push({ at, value: rate ?? value });
    if (course.length > MAX_COURSE) course.shift();
    kept.set(id, { label, group, counts, at, epoch, value, rate, course });
    if (kept.size > MAX_ROWS) kept.delete(kept.keys().next().value ?? '');
  };
  const isFresh = ({ group, at }: Kept): boolean => at >= (newest.get(group) ?? 0);
  return {
    add: (metric) => {
      const at = Date.parse(metric.timestamp);
      const series = seriesOf({ ...metric, part: null });
      const where = [metric['server'] ?? metric['host'], metric['database']]
        .filter(isText)
        .join('/');
      const plain = sum(paths.map((path) => valueAt(metric, path.split('.'))));
      if (plain !== null) {
        newest.set(series, at);
        note(series, '', where, plain, metric);
      }
      for (const [list, fields] of byList(paths)) {
        const items = metric[list];
        if (!isList(items)) continue;
        const group = `${series} ${list}`;
        newest.set(group, at);
        for (const [key, [name, value]] of added(items, fields, by)) {
          note(group, key, `${where} ${name}`, value, metric);
        }
      }
    },
    rows: () => {
      const now = Math.max(0, ...newest.values());
      for (const [id, { at }] of kept) if (at < now - FORGET_MS) kept.delete(id);
      return [...kept.values()].map((row) => {
        const { label, rate, value, course, counts } = row;
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

/** Label and value of each row of a list, by key; items of one key are added up. */
function added(
  items: readonly Json[],
  fields: readonly string[][],
  by: readonly string[],
): Map<string, readonly [label: string, value: number]> {
  const rows = new Map<string, readonly [string, number]>();
  for (const item of items) {
    const value = sum(fields.map((path) => valueAt(item, path)));
    if (value === null) continue;
    const key =
      by === NAMES ? keyOf(item) : JSON.stringify(by.map((name) => valueAt(item, [name])));
    rows.set(key, [nameOf(item, by), value + (rows.get(key)?.[1] ?? 0)]);
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

/** Who waits for nothing runs. */
function nameOf(item: Json, by: readonly string[]): string {
  const names = by.map((name) => valueAt(item, [name])).filter(isText);
  const [hash] = by === NAMES && names.length === 0 ? [valueAt(item, ['hash'])] : [];
  if (isText(hash)) return hash;
  return names.length === 0 ? 'running' : names.slice(0, 2).join(' ').replace(/\s+/g, ' ');
}

/** Of a statement its hash and who ran it: texts come and go. */
function keyOf(item: Json): string {
  const isStatement = isText(valueAt(item, ['hash']));
  const names = isStatement ? ['hash', 'user', 'toplevel'] : NAMES;
  return JSON.stringify(names.map((name) => valueAt(item, [name])));
}

const isText = (value: Json | undefined): value is string => typeof value === 'string';
const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
