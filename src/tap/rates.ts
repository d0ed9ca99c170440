import type { Json } from '../schema/json.ts';
import type { Metric } from '../schema/metric.ts';
import type { Declared } from './declared.ts';
import { epochOf } from './epochOf.ts';
import { itemKey } from './itemKey.ts';
import { type Rise, rise } from './rise.ts';
import { seriesOf } from './seriesOf.ts';

/** How many series, and items of their lists, are remembered; the longest unseen goes first. */
const MAX_SERIES = 1_000;
const MAX_ITEMS = 20_000;

type Fields = Readonly<Record<string, Json>>;

interface Reading {
  readonly at: number;
  readonly epoch: string;
  readonly fields: Fields;
}

/** The counters of one metric that rose since the reading before, by dotted path. */
export interface Rises {
  /** Of its own fields and those of its groups. */
  readonly own: ReadonlyMap<string, Rise>;
  /** Of an item of a list. `list`: the dotted path of the list; `index` of the item in it. */
  readonly item: (list: string, index: number) => ReadonlyMap<string, Rise>;
  /** The fields that tell the items of a list apart; none where none are declared. */
  readonly keyOf: (list: string) => readonly string[];
}

/** What rose since the reading before. */
export type Rates = (metric: Metric) => Rises;

const none: ReadonlyMap<string, Rise> = new Map();

/**
 * Remembers the last metric of each series (type, server, database), and the last reading of each item of its lists, and
 * derives rates per second. A list that is not in each metric, or comes in parts, is compared with where its items were last.
 *
 * Reset-safe: no rate where what it counts from has changed (`stats_epoch`, `stats_reset`, …, of the metric, the group or
 * the item), none where a value fell, none for a first sample.
 */
export function rates({ isCounter, keyOf }: Declared): Rates {
  const metricBefore = lastOf(MAX_SERIES);
  const itemBefore = lastOf(MAX_ITEMS);
  const rises = (
    metric: Metric,
    prefix: string,
    before: Reading | undefined,
    now: Reading,
  ): ReadonlyMap<string, Rise> => {
    if (!before || before.epoch !== now.epoch) return none;
    const found = new Map<string, Rise>();
    const visit = (fields: Fields, old: Fields, path: string): void => {
      const [epoch, epochBefore] = [epochOf(fields), epochOf(old)];
      for (const [name, value] of Object.entries(fields)) {
        const was = old[name];
        if (isFields(value) && isFields(was)) visit(value, was, `${path}${name}.`);
        else if (isNumber(value) && isNumber(was) && isCounter(metric, prefix + path + name)) {
          const risen = rise(
            { at: before.at, epoch: epochBefore, value: Number(was) },
            { at: now.at, epoch, value: Number(value) },
          );
          if (risen && risen.by > 0) found.set(path + name, risen);
        }
      }
    };
    visit(now.fields, before.fields, '');
    return found;
  };
  return (metric) => {
    const at = Date.parse(metric.timestamp);
    const epoch = epochOf(metric);
    const whole = seriesOf({ ...metric, part: null });
    const items = new Map<string, readonly (readonly [Reading | undefined, Reading])[]>();
    const visitLists = (fields: Fields, prefix: string): void => {
      for (const [name, value] of Object.entries(fields)) {
        const path = prefix + name;
        if (isFields(value)) visitLists(value, `${path}.`);
        if (!isList(value)) continue;
        const key = keyOf(metric.type, path);
        const pairs = value.filter(isFields).map((item) => {
          const now = { at, epoch, fields: item };
          return [itemBefore(`${whole} ${path} ${itemKey(item, key)}`, now), now] as const;
        });
        items.set(path, pairs);
      }
    };
    visitLists(metric, '');
    const now: Reading = { at, epoch, fields: metric };
    return {
      own: rises(metric, '', metricBefore(seriesOf(metric), now), now),
      item: (list, index) => {
        const [before, reading] = items.get(list)?.[index] ?? [];
        return reading ? rises(metric, `${list}.`, before, reading) : none;
      },
      keyOf: (list) => keyOf(metric.type, list) ?? [],
    };
  };
}

/** Remembers one reading of each thing, and gives the one before. */
function lastOf(most: number): (id: string, now: Reading) => Reading | undefined {
  const last = new Map<string, Reading>();
  return (id, now) => {
    const before = last.get(id);
    last.delete(id);
    last.set(id, now);
    if (last.size > most) last.delete(last.keys().next().value ?? '');
    return before;
  };
}

const isFields = (value: Json | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
/** Those beyond 2^53 are digits. */
const isNumber = (value: Json | undefined): boolean =>
  typeof value === 'number' || (typeof value === 'string' && /^-?\d{1,19}$/.test(value));
