import stringWidth from 'string-width';
import type { Json } from '../schema/json.ts';
import type { Metric } from '../schema/metric.ts';
import { printable } from '../schema/printable.ts';
import { bytes, plain, quantity } from './quantity.ts';
import type { Rates } from './rates.ts';
import type { Style } from './style.ts';

/** Fields that the head line shows, or that only machines want. */
const HEAD = new Set(['type', 'timestamp', 'server', 'database', 'host', 'part', 'stats_epoch']);
/** Rows of a list that are shown. */
const MAX_ROWS = 3;
/** Lines of fields that are shown. */
const MAX_LINES = 4;
const MAX_TEXT = 60;
const INDENT = '    ';

type Row = Readonly<Record<string, Json>>;

/**
 * One metric as an aligned block for a terminal of `width` columns:
 *
 *     06:30:05.123 pg_stats main/shop 18.4 kB
 *         transactions_committed 52,310 +12/s   size_bytes 31.2 MB   …
 *         tables 42: public.orders live_tuples 52,310  dead_tuples 12
 *         … 39 more
 *
 * Nulls, zeros and false are left out, long lists are cut and say so; text from outside is escaped.
 */
export function prettyMetric(
  metric: Metric,
  jsonBytes: number,
  { rates, style, width }: { rates: Rates; style: Style; width: number },
): string {
  const perSecond = rates(metric);
  const where = [metric['server'] ?? metric['host'], metric['database']]
    .filter((name) => typeof name === 'string')
    .map(printable)
    .join('/');
  const lines = [
    `${style.dim(metric.timestamp.slice(11, 23))} ${style.name(metric.type)} ${where} ${style.dim(bytes(jsonBytes))}`,
  ];
  const cells: string[] = [];
  const lists: [string, readonly Json[]][] = [];
  for (const [field, value] of Object.entries(metric)) {
    if (HEAD.has(field)) continue;
    if (Array.isArray(value)) lists.push([field, value as readonly Json[]]);
    else cells.push(...fieldCells(field, value, perSecond.get(field), style));
  }
  lines.push(...flow(cells, width, style));
  for (const [name, items] of lists) lines.push(...listLines(name, items, width, style));
  return lines.join('\n');
}

/** `name value +rate/s`; an object gives one cell for each of its fields. */
function fieldCells(
  field: string,
  value: Json | undefined,
  rate: number | undefined,
  style: Style,
): string[] {
  if (isRow(value)) {
    return Object.entries(value).flatMap(([inner, item]) =>
      isRow(item) || Array.isArray(item)
        ? []
        : fieldCells(`${field}.${inner}`, item, undefined, style),
    );
  }
  const shown = scalar(field, value);
  if (shown === undefined && rate === undefined) return [];
  const up = field === 'up' ? (value === 1 ? style.good : style.bad) : (text: string) => text;
  const trend = rate === undefined ? '' : ` ${style.change(`+${plain(rate)}/s`)}`;
  return [`${style.dim(printable(field))} ${up(shown ?? '0')}${trend}`];
}

/** A value for people; undefined where it says nothing (null, 0, false, empty text) unless the field is `up`. */
function scalar(field: string, value: Json | undefined): string | undefined {
  switch (typeof value) {
    case 'number':
      return value === 0 && field !== 'up' ? undefined : quantity(field, value);
    case 'boolean':
      return value ? 'yes' : undefined;
    case 'string':
      return value === '' ? undefined : cut(printable(value), MAX_TEXT);
    default:
      return undefined;
  }
}

/** Cells side by side, as many as fit on each line. */
function flow(cells: readonly string[], width: number, style: Style): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const [index, cell] of cells.entries()) {
    const joined = line === '' ? cell : `${line}   ${cell}`;
    if (line !== '' && stringWidth(joined) + INDENT.length > width) {
      lines.push(INDENT + line);
      if (lines.length === MAX_LINES) {
        lines.push(INDENT + style.dim(`… ${cells.length - used} more fields`));
        return lines;
      }
      line = cell;
    } else {
      line = joined;
    }
    used = index;
  }
  return line === '' ? lines : [...lines, INDENT + line];
}

/** The first rows of a list, one line each. */
function listLines(name: string, items: readonly Json[], width: number, style: Style): string[] {
  if (items.length === 0) return [];
  const rows = items.slice(0, MAX_ROWS).map((item, index) => {
    const label = index === 0 ? `${style.dim(name)} ${items.length}: ` : '  ';
    return INDENT + label + rowText(item, width - INDENT.length - stringWidth(label), style);
  });
  const rest = items.length - MAX_ROWS;
  return rest > 0 ? [...rows, `${INDENT}  ${style.dim(`… ${plain(rest)} more`)}`] : rows;
}

/** Names first, then the fields that say something, as many as fit. */
function rowText(item: Json, width: number, style: Style): string {
  if (!isRow(item)) return cut(printable(JSON.stringify(item)), width);
  const fields = Object.entries(item).filter(([, value]) => !isRow(value) && !Array.isArray(value));
  const names = ['level', 'schema', 'name', 'mount', 'device', 'message', 'text'];
  const known = names.flatMap((name) => {
    const shown = scalar(name, item[name] ?? null);
    return shown === undefined ? [] : [shown];
  });
  let line = known.join(' ');
  for (const [field, value] of fields) {
    const shown = names.includes(field) ? undefined : scalar(field, value);
    if (shown === undefined) continue;
    const next = `${line}${line === '' ? '' : '  '}${style.dim(printable(field))} ${shown}`;
    if (stringWidth(next) > width) break;
    line = next;
  }
  return line;
}

const isRow = (value: Json | undefined): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(1, width - 1))}…`;
