import stringWidth from 'string-width';
import type { Json } from '../schema/json.ts';
import type { Metric } from '../schema/metric.ts';
import { printable } from '../schema/printable.ts';
import { ordered } from './highlights.ts';
import { bytes, plain, quantity } from './quantity.ts';
import type { Rates, Rise } from './rates.ts';
import type { Style } from './style.ts';

/** Fields that the head line shows, or that only machines want. */
const HEAD = new Set(['type', 'timestamp', 'server', 'database', 'host', 'part', 'stats_epoch']);
/** What a row of a list is called, shown without its field's name. */
const NAMES = [
  'timestamp',
  'level',
  'schema',
  'name',
  'mount',
  'device',
  'interface',
  'message',
  'text',
];
/** What a row is identified by for machines. */
const KEYS = new Set(['hash', 'query_id', 'stats_reset', 'stats_since', 'position']);
/** Rows of a list, and lines of fields, that are shown. */
const MAX_ROWS = 3;
const MAX_LINES = 2;
const MAX_TEXT = 56;
const INDENT = '    ';

type Row = Readonly<Record<string, Json>>;

export interface PrettyMetricOptions {
  readonly rates: Rates;
  readonly style: Style;
  /** Columns of the terminal. */
  readonly width: number;
  /** Ends the head line. Default: nothing. */
  readonly marks?: string;
}

/**
 * One metric as an aligned block:
 *
 *     06:30:05.123 pg_stats main/shop 18.4 kB #12 metric 40
 *         size_bytes 31.2 MB   transactions_committed 52,310 +60 (12/s)   …
 *         tables 42: public orders  live_tuples 52,310  dead_tuples 12
 *           … 39 more
 *
 * Nulls, zeros and false are left out, long lists are cut and say so; text from outside cannot steer the terminal.
 */
export function prettyMetric(
  metric: Metric,
  jsonBytes: number | undefined,
  options: PrettyMetricOptions,
): string {
  const { rates, style, width } = options;
  const perSecond = rates(metric);
  const where = [metric['server'] ?? metric['host'], metric['database']]
    .filter((name) => typeof name === 'string')
    .map(printable)
    .join('/');
  const time = style.dim(metric.timestamp.slice(11, 23));
  const size = jsonBytes === undefined ? '' : style.dim(bytes(jsonBytes));
  const head = [time, style.name(metric.type), where, size, options.marks]
    .filter(Boolean)
    .join(' ');
  const { scalars, lists } = apart(metric);
  const cells = ordered(metric.type, scalars).flatMap(([path, value]) =>
    cell(path, value, perSecond.get(path), style),
  );
  const listed = lists.flatMap(([name, items]) => listLines(name, items, width, style));
  return [head, ...flow(cells, width, style), ...listed].join('\n');
}

/** The metric's plain fields by dotted path, and its lists. */
function apart(metric: Metric) {
  const scalars: (readonly [string, Json])[] = [];
  const lists: (readonly [string, readonly Json[]])[] = [];
  const visit = (fields: Row, prefix: string): void => {
    for (const [name, value] of Object.entries(fields)) {
      const path = prefix + name;
      if (prefix === '' && HEAD.has(name)) continue;
      if (isRow(value)) visit(value, `${path}.`);
      else if (isList(value)) lists.push([path, value]);
      else scalars.push([path, value]);
    }
  };
  visit(metric, '');
  return { scalars, lists };
}

/** `name value +rise (rate/s)`; nothing for a field that says nothing. */
function cell(path: string, value: Json, rise: Rise | undefined, style: Style): string[] {
  const shown = scalar(path, value);
  if (shown === undefined && rise === undefined) return [];
  const up = path !== 'up' ? (text: string) => text : value === 1 ? style.good : style.bad;
  const trend =
    rise === undefined
      ? ''
      : ` ${style.change(`+${quantity(path, rise.by)} (${quantity(path, rise.perSecond)}/s)`)}`;
  return [`${style.dim(printable(path))} ${up(shown ?? '0')}${trend}`];
}

/** A value for people; undefined where it says nothing (null, 0, false, empty text) unless the field is `up`. */
function scalar(field: string, value: Json): string | undefined {
  switch (typeof value) {
    case 'number':
      return value === 0 && field !== 'up' ? undefined : quantity(field, value);
    case 'boolean':
      return value ? 'yes' : undefined;
    case 'string':
      return value === '' ? undefined : cut(printable(value.replace(/\s+/g, ' ')), MAX_TEXT);
    default:
      return undefined;
  }
}

/** Cells side by side, as many as fit on each line. */
function flow(cells: readonly string[], width: number, style: Style): string[] {
  const lines: string[] = [];
  let line = '';
  for (const [index, next] of cells.entries()) {
    const joined = line === '' ? next : `${line}   ${next}`;
    if (line === '' || stringWidth(joined) + INDENT.length <= width) {
      line = joined;
      continue;
    }
    lines.push(INDENT + line);
    line = next;
    if (lines.length === MAX_LINES) {
      return [...lines, INDENT + style.dim(`… ${plain(cells.length - index)} more fields`)];
    }
  }
  return line === '' ? lines : [...lines, INDENT + line];
}

/** The first rows of a list that say something, one line each. */
function listLines(name: string, items: readonly Json[], width: number, style: Style): string[] {
  const telling = items.filter((item) => !isRow(item) || says(item));
  const rows = telling.slice(0, MAX_ROWS).map((item, index) => {
    const label = index === 0 ? `${style.dim(printable(name))} ${plain(items.length)}: ` : '  ';
    return INDENT + label + rowText(item, width - INDENT.length - stringWidth(label), style);
  });
  const rest = items.length - rows.length;
  return rest > 0 && rows.length > 0
    ? [...rows, `${INDENT}  ${style.dim(`… ${plain(rest)} more`)}`]
    : rows;
}

/** Whether a row has more to show than its name. */
function says(row: Row): boolean {
  const others = Object.entries(row).filter(
    ([field]) => !NAMES.includes(field) && !KEYS.has(field),
  );
  return others.length === 0 || others.some(([field, value]) => scalar(field, value) !== undefined);
}

/** Its name, then the fields that say something, as many as fit. */
function rowText(item: Json, width: number, style: Style): string {
  if (!isRow(item)) return cut(printable(JSON.stringify(item)), width);
  const known = NAMES.flatMap((name) => {
    const value = item[name];
    const shown = name === 'timestamp' || value === undefined ? undefined : scalar(name, value);
    if (shown === undefined) return [];
    return name === 'level' && /ERROR|FATAL|PANIC/.test(shown) ? style.bad(shown) : shown;
  });
  let line = known.join(' ');
  for (const [field, value] of Object.entries(item)) {
    const shown = NAMES.includes(field) || KEYS.has(field) ? undefined : scalar(field, value);
    if (shown === undefined) continue;
    const next = `${line}${line === '' ? '' : '  '}${style.dim(printable(field))} ${shown}`;
    if (stringWidth(next) > width) break;
    line = next;
  }
  return line;
}

const isRow = (value: Json | undefined): value is Row =>
  typeof value === 'object' && value !== null && !isList(value);

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(1, width - 1))}…`;
