import type { Entry } from '../schema/journal.ts';
import type { Json } from '../schema/json.ts';
import { printable } from '../schema/printable.ts';
import { project } from './project.ts';
import { quantity } from './quantity.ts';
import { metricOf, recordOf } from './recordOf.ts';
import type { Rise } from './rise.ts';
import type { Style } from './style.ts';
import { trend } from './trend.ts';

export interface PrettyFieldsOptions {
  readonly number: string;
  readonly style: Style;
  /** What rose since the reading before. Default: not known. */
  readonly moved?: ReadonlyMap<string, Rise> | undefined;
}

/** One line: when, what, and the fields that were asked for, zeros and nulls as well. Undefined where it has none. */
export function prettyFields(
  entry: Entry,
  fields: readonly string[],
  { number, style, moved }: PrettyFieldsOptions,
): string | undefined {
  const projected = project(recordOf(entry), fields);
  if (!projected) return undefined;
  const metric = metricOf(entry);
  const head = metric
    ? `${style.dim(metric.timestamp.slice(11, 23))} ${style.name(printable(metric.type))} ${where(metric)}`
    : style.name(entry.at);
  const cells = Object.entries(projected).map(
    ([field, value]) =>
      `${style.dim(printable(field))} ${shown(field, value)}${movement(field, moved, style)}`,
  );
  return `${head} ${cells.join('   ')} ${number}`;
}

const where = (metric: Readonly<Record<string, Json>>): string =>
  [metric['server'] ?? metric['host'], metric['database']]
    .filter((name) => typeof name === 'string')
    .map(printable)
    .join('/');

function movement(field: string, moved: PrettyFieldsOptions['moved'], style: Style): string {
  const risen = moved?.get(field);
  return risen ? ` ${style.change(trend(field, risen))}` : '';
}

const shown = (field: string, value: Json): string =>
  typeof value === 'number'
    ? quantity(field, value)
    : printable(typeof value === 'string' ? value : JSON.stringify(value));
