import { printable } from '../schema/printable.ts';
import { COLUMNS, columnMs, sparkline } from './course.ts';
import { fit } from './fit.ts';
import { quantity } from './quantity.ts';
import type { Style } from './style.ts';
import type { TopRow } from './top.ts';

/** What the keys changed. */
export interface TopState {
  readonly sort: 'rate' | 'value' | 'name';
  /** Rows whose label has this text, in capitals or not. */
  readonly filter: string;
  readonly paused: boolean;
  /** The filter is being typed. */
  readonly typing: boolean;
}

export const topStart: TopState = { sort: 'rate', filter: '', paused: false, typing: false };

/** The state after a key: s sort, / filter, space pause. */
export function topKey(state: TopState, key: string): TopState {
  if (state.typing) {
    if (key === '\r' || key === '\n') return { ...state, typing: false };
    if (key === '\u001b') return { ...state, typing: false, filter: '' };
    if (key === '\u007f' || key === '\b') return { ...state, filter: state.filter.slice(0, -1) };
    if (key.startsWith('\u001b') || key === 'resize') return state;
    return { ...state, filter: (state.filter + printable(key)).slice(0, 60) };
  }
  const sorts = { rate: 'value', value: 'name', name: 'rate' } as const;
  if (key === 's') return { ...state, sort: sorts[state.sort] };
  if (key === '/') return { ...state, typing: true, filter: '' };
  if (key === ' ') return { ...state, paused: !state.paused };
  return state;
}

export interface TopPicture {
  readonly width: number;
  readonly height: number;
  readonly style: Style;
  /** The name of the field of which the numbers are: it carries their unit. */
  readonly unit: string;
  /** ms since 1970. */
  readonly now: number;
  /** Whether there are keys to tell of. */
  readonly keys: boolean;
}

const NUMBER = 14;
const WIDE = 80;

/** The table as lines, at most `height` of them, none wider than `width`. */
export function topTable(
  title: string,
  rows: readonly TopRow[],
  state: TopState,
  { width, height, style, unit, now, keys }: TopPicture,
): string[] {
  const wanted = state.filter.toLowerCase();
  const shown = rows.filter(({ label }) => label.toLowerCase().includes(wanted));
  const sort =
    state.sort === 'rate' && shown.every(({ rate }) => rate === null) ? 'value' : state.sort;
  shown.sort(orders[sort]);
  const notes = [
    `${printable(title)} by ${sort}`,
    `${shown.length} rows`,
    ...(state.filter === '' && !state.typing ? [] : [`/${printable(state.filter)}`]),
    ...(state.paused ? ['paused'] : []),
  ];
  const stepMs = Math.max(...shown.slice(0, height).map(({ course }) => columnMs(course)), 0);
  const spark = width >= WIDE ? COLUMNS + 1 : 0;
  const room = Math.max(10, width - 2 * (NUMBER + 1) - spark);
  const line = (label: string, rate: string, value: string, course: string): string =>
    [fit(label, room), rate.padStart(NUMBER), value.padStart(NUMBER), ...(spark ? [course] : [])]
      .join(' ')
      .trimEnd();
  const body = shown
    .slice(0, Math.max(0, height - (keys ? 3 : 2)))
    .map(({ label, rate, value, course }) =>
      line(
        printable(label),
        rate === null ? '' : `${quantity(unit, rate)}/s`,
        quantity(unit, value),
        sparkline(course, now, stepMs || undefined),
      ),
    );
  const span = stepMs > 0 ? `last ${Math.round((stepMs * COLUMNS) / 60_000)} min` : '';
  return [
    style.name(fit(notes.join(' · '), width).trimEnd()),
    style.dim(line('', 'rate', 'value', span)),
    ...body,
    ...(keys ? [style.dim(fit('s sort · / filter · space pause · q quit', width).trimEnd())] : []),
  ];
}

const orders: Readonly<Record<TopState['sort'], (a: TopRow, b: TopRow) => number>> = {
  rate: (a, b) => (b.rate ?? -1) - (a.rate ?? -1) || b.value - a.value || orders.name(a, b),
  value: (a, b) => b.value - a.value || orders.name(a, b),
  name: (a, b) => (a.label < b.label ? -1 : a.label > b.label ? 1 : 0),
};
