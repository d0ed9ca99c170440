import type { Json } from '../schema/json.ts';
import type { Metric } from '../schema/metric.ts';
import { printable } from '../schema/printable.ts';
import { fit } from './fit.ts';
import { grid } from './grid.ts';
import { ordered } from './highlights.ts';
import { prettyList } from './prettyList.ts';
import { bytes, plain } from './quantity.ts';
import type { Rates } from './rates.ts';
import type { Rise } from './rise.ts';
import { says, scalar } from './scalar.ts';
import type { Style } from './style.ts';
import { trend } from './trend.ts';

/** Fields that the head line shows, or that only machines want. */
const HEAD = new Set(['type', 'timestamp', 'server', 'database', 'host', 'part', 'stats_epoch']);
/** Lines of fields that are shown. */
const MAX_LINES = 4;
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
 *         size_bytes 31.2 MB   transactions_committed 52,310 +60 (12/s)
 *         numbackends 6        tuples_inserted 106,613 +121 (24.2/s)
 *         … 17 more fields
 *         tables 42          n_tup_upd  live_tuples
 *           public orders  812 +4 (0.8/s)    52,310
 *           … 41 more
 *
 * Nulls, zeros and false are left out, long lists are cut and say so; text from outside cannot steer the terminal.
 */
export function prettyMetric(
  metric: Metric,
  jsonBytes: number | undefined,
  { rates, style, width, marks }: PrettyMetricOptions,
): string {
  const rises = rates(metric);
  const now = metric.timestamp;
  const where = [metric['server'] ?? metric['host'], metric['database']]
    .filter((name) => typeof name === 'string')
    .map(printable)
    .join('/');
  const time = style.dim(now.slice(11, 23));
  const size = jsonBytes === undefined ? '' : style.dim(bytes(jsonBytes));
  const head = [time, style.name(metric.type), where, size, marks].filter(Boolean).join(' ');
  const { scalars, lists } = apart(metric);
  const moved = (path: string): boolean => rises.own.has(path);
  const cells = ordered(metric.type, scalars, moved).flatMap(([path, value]) =>
    cell(path, value, rises.own.get(path), { style, now }),
  );
  const { lines, shown } = grid(cells, { width: width - INDENT.length, lines: MAX_LINES });
  const more = cells.length - shown;
  const listed = lists.flatMap(([name, items]) =>
    prettyList(name, items, {
      rises: (index) => rises.item(name, index),
      type: metric.type,
      key: rises.keyOf(name),
      style,
      width,
      now,
    }),
  );
  return [
    head,
    ...lines.map((line) => INDENT + line),
    ...(more > 0 ? [INDENT + style.dim(`… ${plain(more)} more fields`)] : []),
    ...listed,
  ].join('\n');
}

/** The metric's plain fields by dotted path, and its lists. */
function apart(metric: Metric) {
  const scalars: (readonly [string, Json])[] = [];
  const lists: (readonly [string, readonly Json[]])[] = [];
  const visit = (fields: Row, prefix: string): void => {
    for (const [name, value] of Object.entries(fields)) {
      const path = prefix + name;
      if (prefix === '' && HEAD.has(name)) continue;
      if (isList(value)) lists.push([path, value]);
      else if (typeof value === 'object' && value !== null) visit(value, `${path}.`);
      else scalars.push([path, value]);
    }
  };
  visit(metric, '');
  return { scalars, lists };
}

/** `name value +rise (rate/s)`; nothing for a field that says nothing, but for `up`. */
function cell(
  path: string,
  value: Json,
  risen: Rise | undefined,
  { style, now }: { readonly style: Style; readonly now: string },
): string[] {
  if (!says(value) && path !== 'up') return [];
  const shown = fit(scalar(path, value, now) ?? '', MAX_TEXT).trimEnd();
  const up = path !== 'up' ? (text: string) => text : value === 1 ? style.good : style.bad;
  const moved = risen ? ` ${style.change(trend(path, risen))}` : '';
  return [`${style.dim(printable(path))} ${up(shown)}${moved}`];
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
