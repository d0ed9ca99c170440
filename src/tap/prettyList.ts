import stringWidth from 'string-width';
import type { Json } from '../schema/json.ts';
import { printable } from '../schema/printable.ts';
import { fit } from './fit.ts';
import { orderedItem } from './highlights.ts';
import { plain } from './quantity.ts';
import type { Rise } from './rise.ts';
import { says, scalar } from './scalar.ts';
import type { Style } from './style.ts';
import { trend } from './trend.ts';

/** What an item is called, shown without the name of the field. */
const NAMES = ['level', 'schema', 'name', 'mount', 'device', 'interface', 'message', 'text'];
/** What machines know an item by, and when it was made. */
const HIDDEN = new Set(['timestamp', 'hash', 'query_id', 'stats_reset', 'stats_since', 'position']);
/** Items that are shown. */
const MAX_ROWS = 3;
const MAX_TEXT = 56;
const INDENT = '    ';
const GAP = 2;

type Row = Readonly<Record<string, Json>>;

/** A cell of one field: its value, then how it moved. */
interface Cell {
  readonly value: string;
  readonly moved: string;
  readonly isNumber: boolean;
}

export interface PrettyListOptions {
  /** What moved of each item, by field. */
  readonly rises: (index: number) => ReadonlyMap<string, Rise>;
  /** The type of the metric. */
  readonly type: string;
  /** The fields that tell the items apart. */
  readonly key: readonly string[];
  readonly style: Style;
  /** Columns of the terminal. */
  readonly width: number;
  /** When it was read, ISO 8601. */
  readonly now: string;
}

/**
 * A list as a table: the items that say something, those that moved first, and of the fields that say something about them
 * as many as fit.
 *
 *     tables 961          n_tup_ins  live_tuples
 *       shop orders  21,098 +60 (6/s)     21,004
 *       … 960 more
 */
export function prettyList(
  name: string,
  items: readonly Json[],
  { rises, type, key, style, width, now }: PrettyListOptions,
): string[] {
  const title = `${printable(name)} ${plain(items.length)}`;
  if (!items.every(isRow)) return plainList(title, items, width, style);
  const all = items.map((item, index) => ({ fields: flat(item), moved: rises(index) }));
  const names = namesOf(all, key);
  const isColumn = (field: string): boolean =>
    !names.includes(field) && !HIDDEN.has(field.split('.', 1)[0] ?? '');
  const telling = all.filter(({ fields, moved }) => moved.size > 0 || tells(fields, isColumn));
  const rows = [
    ...telling.filter(({ moved }) => moved.size > 0),
    ...telling.filter(({ moved }) => moved.size === 0),
  ].slice(0, MAX_ROWS);
  if (rows.length === 0) return [];
  const labels = rows.map(({ fields }) => label(fields, names, now));
  const most = Math.max(16, Math.min(MAX_TEXT, Math.floor(width / 2)));
  const wide = Math.max(stringWidth(title) - GAP, ...labels.map((text) => stringWidth(text)));
  const labelWidth = Math.min(most, wide);
  const moves = (field: string): boolean => rows.some(({ moved }) => moved.has(field));
  const columns = fitting(orderedItem(type, name, tellingFields(rows, isColumn), moves), rows, {
    width: width - INDENT.length - GAP - labelWidth,
    now,
  });
  const head = columns.map(({ field, isNumber, wide: size }) =>
    style.dim(aligned(printable(field), size, isNumber)),
  );
  const lines = rows.map(({ fields }, index) => {
    const cells = columns.map((column) => drawn(column, index, style));
    const named = coloured(fit(labels[index] ?? '', labelWidth), fields, style);
    return `${INDENT}  ${[named, ...cells].join(' '.repeat(GAP))}`.trimEnd();
  });
  const rest = items.length - rows.length;
  return [
    `${INDENT}${[style.dim(fit(title, labelWidth + 2)), ...head].join(' '.repeat(GAP))}`.trimEnd(),
    ...lines,
    ...(rest > 0 ? [`${INDENT}  ${style.dim(`… ${plain(rest)} more`)}`] : []),
  ];
}

interface Column {
  readonly field: string;
  readonly cells: readonly (Cell | undefined)[];
  readonly isNumber: boolean;
  readonly wide: number;
}

interface Shown {
  readonly fields: ReadonlyMap<string, Json>;
  readonly moved: ReadonlyMap<string, Rise>;
}

/** The fields that say something about one of the items, beside its name. */
function tellingFields(rows: readonly Shown[], isColumn: (field: string) => boolean): string[] {
  const names = new Set(rows.flatMap(({ fields }) => [...fields.keys()]));
  return [...names].filter(
    (field) =>
      isColumn(field) &&
      rows.some(({ fields, moved }) => moved.has(field) || says(fields.get(field))),
  );
}

/** The columns of the fields that fit. */
function fitting(
  fields: readonly string[],
  rows: readonly Shown[],
  { width, now }: { readonly width: number; readonly now: string },
): Column[] {
  const columns: Column[] = [];
  let used = 0;
  for (const field of fields) {
    const cells = rows.map((row) => cellOf(row, field, now));
    const wide = Math.max(
      stringWidth(printable(field)),
      ...cells.map((cell) => (cell ? stringWidth(cell.value + cell.moved) : 0)),
    );
    if (used + GAP + wide > width) continue;
    used += GAP + wide;
    columns.push({ field, cells, wide, isNumber: cells.some((cell) => cell?.isNumber === true) });
  }
  return columns;
}

function cellOf({ fields, moved }: Shown, field: string, now: string): Cell | undefined {
  const value = fields.get(field);
  const shown = scalar(field, value, now);
  if (shown === undefined) return undefined;
  const risen = moved.get(field);
  return {
    value: cut(shown),
    moved: risen ? ` ${trend(field, risen)}` : '',
    isNumber: typeof value === 'number' || risen !== undefined,
  };
}

function drawn({ cells, wide, isNumber }: Column, index: number, style: Style): string {
  const { value, moved } = cells[index] ?? { value: '', moved: '' };
  const blank = ' '.repeat(wide - stringWidth(value + moved));
  const text = moved === '' ? value : value + style.change(moved);
  return isNumber ? blank + text : text + blank;
}

const aligned = (text: string, width: number, right: boolean): string =>
  right ? ' '.repeat(width - stringWidth(text)) + text : fit(text, width);

/** The fields that an item is called by: names, or what tells it apart in words. */
function namesOf(items: readonly Shown[], key: readonly string[]): readonly string[] {
  if (items.some(({ fields }) => NAMES.some((name) => says(fields.get(name))))) return NAMES;
  return key.filter((name) => items.some(({ fields }) => typeof fields.get(name) === 'string'));
}

/** What an item is called. */
const label = (fields: ReadonlyMap<string, Json>, names: readonly string[], now: string): string =>
  names
    .flatMap((name) => {
      const value = fields.get(name);
      return says(value) ? [cut(scalar(name, value, now) ?? '')] : [];
    })
    .join(' ');

function coloured(text: string, fields: ReadonlyMap<string, Json>, { bad }: Style): string {
  const level = fields.get('level');
  return typeof level === 'string' && /ERROR|FATAL|PANIC/.test(level) ? bad(text) : text;
}

/** Whether an item has more to show than its name. */
const tells = (
  fields: ReadonlyMap<string, Json>,
  isColumn: (field: string) => boolean,
): boolean => {
  const others = [...fields].filter(([field]) => isColumn(field));
  return others.length === 0 || others.some(([, value]) => says(value));
};

/** An item's fields, those of groups within it by dotted path; of a list within it how long it is. */
function flat(item: Row): ReadonlyMap<string, Json> {
  const found = new Map<string, Json>();
  const visit = (fields: Row, prefix: string): void => {
    for (const [name, value] of Object.entries(fields)) {
      if (isRow(value)) visit(value, `${prefix}${name}.`);
      else found.set(prefix + name, Array.isArray(value) ? value.length : value);
    }
  };
  visit(item, '');
  return found;
}

/** Values in one line. */
function plainList(title: string, items: readonly Json[], width: number, style: Style): string[] {
  const room = width - INDENT.length - stringWidth(title) - 2;
  const texts = items.map((item) =>
    printable(typeof item === 'string' ? item : JSON.stringify(item)),
  );
  return items.length === 0
    ? []
    : [`${INDENT}${style.dim(title)}: ${fit(texts.join(', '), Math.max(8, room)).trimEnd()}`];
}

const isRow = (value: Json): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const cut = (text: string): string =>
  stringWidth(text) <= MAX_TEXT ? text : fit(text, MAX_TEXT).trimEnd();
