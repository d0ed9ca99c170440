import stringWidth from 'string-width';
import { wildcard } from '../schema/wildcard.ts';
import { printable } from '../schema/printable.ts';
import { plain } from './quantity.ts';
import type { Style } from './style.ts';
import type { TopRow } from './top.ts';

/** What the keys changed. */
export interface TopState {
  readonly sort: 'rate' | 'value' | 'name';
  /** Rows whose label has this text. */
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
    return { ...state, filter: (state.filter + printable(key)).slice(0, 60) };
  }
  const sorts = { rate: 'value', value: 'name', name: 'rate' } as const;
  if (key === 's') return { ...state, sort: sorts[state.sort] };
  if (key === '/') return { ...state, typing: true, filter: '' };
  if (key === ' ') return { ...state, paused: !state.paused };
  return state;
}

const BARS = '▁▂▃▄▅▆▇█';
const SPARK = 20;
const NUMBER = 14;

/** The table as lines, at most `height` of them, none wider than `width`. */
export function topTable(
  field: string,
  rows: readonly TopRow[],
  state: TopState,
  {
    width,
    height,
    style,
  }: { readonly width: number; readonly height: number; readonly style: Style },
): string[] {
  const shown = rows
    .filter(({ label }) => state.filter === '' || wildcard(`*${state.filter}*`, label))
    .sort(orders[state.sort]);
  const notes = [
    `${printable(field)} by ${state.sort}`,
    `${shown.length} rows`,
    ...(state.filter === '' && !state.typing ? [] : [`/${printable(state.filter)}`]),
    ...(state.paused ? ['paused'] : []),
  ];
  const spark = width >= 80 ? SPARK : 0;
  const room = Math.max(10, width - 2 * (NUMBER + 1) - (spark ? spark + 1 : 0));
  const line = (label: string, rate: string, value: string, course: string): string =>
    [fit(label, room), rate.padStart(NUMBER), value.padStart(NUMBER), ...(spark ? [course] : [])]
      .join(' ')
      .trimEnd();
  const body = shown
    .slice(0, Math.max(0, height - 2))
    .map(({ label, rate, value, course }) =>
      line(
        printable(label),
        rate === null ? '' : `${plain(rate)}/s`,
        plain(value),
        sparkline(course),
      ),
    );
  return [
    style.name(fit(notes.join(' · '), width).trimEnd()),
    style.dim(line('', 'rate', 'value', '')),
    ...body,
  ];
}

const orders: Readonly<Record<TopState['sort'], (a: TopRow, b: TopRow) => number>> = {
  rate: (a, b) => (b.rate ?? -1) - (a.rate ?? -1) || b.value - a.value || orders.name(a, b),
  value: (a, b) => b.value - a.value || orders.name(a, b),
  name: (a, b) => (a.label < b.label ? -1 : a.label > b.label ? 1 : 0),
};

/** The last values as bars, the highest of them full. */
export function sparkline(course: readonly number[]): string {
  const last = course.slice(-SPARK);
  const most = Math.max(...last, 0);
  return last
    .map(
      (value) => BARS[most <= 0 ? 0 : Math.round((Math.max(0, value) / most) * (BARS.length - 1))],
    )
    .join('');
}

function fit(text: string, width: number): string {
  let cut = '';
  let used = 0;
  for (const char of text) {
    const wide = stringWidth(char);
    if (used + wide > width) return `${cut.slice(0, -1)}…`;
    cut += char;
    used += wide;
  }
  return cut + ' '.repeat(width - used);
}
