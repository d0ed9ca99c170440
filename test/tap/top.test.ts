import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import type { Declared } from '../../src/tap/declared.ts';
import { type Moment, columnMs, sparkline } from '../../src/tap/course.ts';
import { rankingOf } from '../../src/tap/rankings.ts';
import { style } from '../../src/tap/style.ts';
import { type TopRow, top } from '../../src/tap/top.ts';
import { topKey, topStart, topTable } from '../../src/tap/topTable.ts';
import { aMetric } from '../streams/entries.ts';

const reading = (second: number, orders: number, users: number, epoch = 'e') =>
  aMetric('pg_stats', {
    timestamp: `2026-01-02T03:04:${String(second).padStart(2, '0')}.000Z`,
    server: 'main',
    database: 'shop',
    stats_epoch: epoch,
    commits: orders + users,
    tables: [
      { schema: 'public', name: 'orders', n_tup_ins: orders, n_tup_upd: 0 },
      { schema: 'public', name: 'users', n_tup_ins: users, n_tup_upd: 1 },
    ],
  });
const ratesOf = (rows: readonly TopRow[]) =>
  Object.fromEntries(rows.map(({ label, rate }) => [label, rate]));
const declared = (counts: boolean, key?: readonly string[]): Declared => ({
  isCounter: () => counts,
  keyOf: () => key,
});
const always = declared(true);

describe('top', () => {
  it('gives each item of a list its rate per second, also of a sum', () => {
    const table = top(rankingOf('writes'), always);
    table.add(reading(0, 100, 10));
    expect(ratesOf(table.rows())).toEqual({
      'main/shop public orders': null,
      'main/shop public users': null,
    });
    table.add(reading(10, 200, 15));
    expect(ratesOf(table.rows())).toEqual({
      'main/shop public orders': 10,
      'main/shop public users': 0.5,
    });
  });

  it('gives a field of the metric itself its rate per series', () => {
    const table = top(rankingOf('commits'), always);
    for (const metric of [reading(0, 1, 1), reading(2, 5, 1)]) table.add(metric);
    table.add({ ...reading(2, 5, 1), database: 'other' });
    expect(ratesOf(table.rows())).toEqual({ 'main/shop': 2, 'main/other': null });
  });

  it('gives what a reading has no more no rate where it counts up, and 0 where it does not; forgets it in time', () => {
    const without = (second: number) => ({ ...reading(second, 200, 15), tables: [] });
    const table = top(rankingOf('writes'), always);
    for (const metric of [reading(0, 100, 10), reading(10, 200, 15), without(20)])
      table.add(metric);
    expect(table.rows()).toMatchObject([
      { rate: null, value: 200 },
      { rate: null, value: 16 },
    ]);
    const gauge = top(rankingOf('writes'), declared(false));
    for (const metric of [reading(0, 1, 1), without(1)]) gauge.add(metric);
    expect(gauge.rows()).toMatchObject([{ value: 0 }, { value: 0 }]);
    gauge.add({ ...without(1), timestamp: '2026-01-02T03:30:00.000Z' });
    expect(gauge.rows()).toEqual([]);
  });

  it('adds up the items that a ranking does not tell apart', () => {
    const waits = (second: number, ...averages: number[]) => ({
      ...reading(second, 0, 0),
      type: 'pg_activity',
      database: null,
      waits: averages.map((sessions_average, n) => ({
        state: n % 2 === 0 ? 'active' : 'idle in transaction',
        wait_event_type: n < 2 ? 'Lock' : null,
        wait_event: n < 2 ? 'transactionid' : null,
        sessions_average,
      })),
    });
    const table = top(rankingOf('waits'), declared(false));
    table.add(waits(0, 0.5, 1.25, 3));
    expect(table.rows()).toMatchObject([
      { label: 'main Lock transactionid', value: 1.75, rate: null },
      { label: 'main running', value: 3, rate: null },
    ]);
    table.add(waits(50, 2));
    expect(table.rows()).toMatchObject([{ value: 0 }, { value: 2 }]);
  });

  it('knows a statement by its hash, whether or not its text is there', () => {
    const statement = (second: number, calls: number, text: string | null) => ({
      ...reading(second, 0, 0),
      queries: [{ hash: 'h', user: 'u', calls, text }],
    });
    const table = top(rankingOf('calls'), declared(true, ['hash', 'user']));
    table.add(statement(0, 1, null));
    expect(table.rows()).toMatchObject([{ label: 'main/shop h u' }]);
    table.add(statement(1, 3, 'SELECT  $1'));
    expect(table.rows()).toMatchObject([{ label: 'main/shop SELECT $1', rate: 2 }]);
  });

  it('gives no rate across a reset, and none to what is no counter', () => {
    const table = top(rankingOf('commits'), always);
    for (const metric of [reading(0, 9, 9), reading(1, 0, 0), reading(2, 9, 9, 'e2')]) {
      table.add(metric);
      expect(table.rows()).toMatchObject([{ rate: null }]);
    }
    const gauge = top(rankingOf('commits'), declared(false));
    for (const metric of [reading(0, 1, 1), reading(1, 5, 1)]) gauge.add(metric);
    expect(gauge.rows()).toMatchObject([
      { rate: null, value: 6, course: [{ value: 2 }, { value: 6 }] },
    ]);
  });
});

describe('the table', () => {
  const rows: TopRow[] = [
    { label: 'a', rate: 1, value: 300, course: [] },
    { label: 'b\u001b[2J', rate: 5, value: 20, course: [] },
    { label: '表'.repeat(40), rate: null, value: 1, course: [] },
  ];
  const draw = (state = topStart, width = 100, height = 20): string[] =>
    topTable('writes', rows, state, {
      width,
      height,
      style: style(false),
      unit: 'n_tup_ins',
      now: 0,
      keys: false,
    });
  const names = (lines: readonly string[]): string[] =>
    lines.slice(2).map((text) => text.trim().charAt(0));

  it('sorts by rate, and by value and name after s', () => {
    expect(names(draw())).toEqual(['b', 'a', '表']);
    const byValue = topKey(topStart, 's');
    expect(names(draw(byValue))).toEqual(['a', 'b', '表']);
    expect(names(draw(topKey(byValue, 's')))).toEqual(['a', 'b', '表']);
    expect(topKey(topKey(byValue, 's'), 's').sort).toBe('rate');
  });

  it('filters by what is typed behind /, until enter, and forgets it with escape', () => {
    const typed = Array.from('/ax\u007f\r').reduce(topKey, topStart);
    expect(typed).toMatchObject({ filter: 'a', typing: false });
    expect(names(draw(typed))).toEqual(['a']);
    expect(topKey({ ...typed, typing: true }, '\u001b').filter).toBe('');
    expect(Array.from('/q s').reduce(topKey, topStart)).toMatchObject({
      filter: 'q s',
      paused: false,
    });
  });

  it('pauses with space and says so', () => {
    expect(draw(topKey(topStart, ' '))[0]).toContain('paused');
  });

  it('keeps within width and height, and nothing steers the terminal', () => {
    for (const width of [40, 79, 80, 200]) {
      const lines = draw(topStart, width, 4);
      expect(lines).toHaveLength(4);
      for (const text of lines) expect(stringWidth(text)).toBeLessThanOrEqual(width);
      expect(lines.join('')).not.toContain('\u001b');
    }
  });

  it('tells of the keys in its last line, where there are any', () => {
    const lines = topTable('writes', rows, topStart, {
      ...{ width: 60, height: 4, style: style(false), unit: 'n_tup_ins', now: 0, keys: true },
    });
    expect(lines).toHaveLength(4);
    expect(lines.at(-1)).toBe('s sort · / filter · space pause · q quit');
  });

  it('says numbers in their unit', () => {
    const [, , line] = topTable(
      'time',
      [{ label: 'q', rate: 32.1, value: 65_000, course: [] }],
      topStart,
      {
        ...{ width: 60, height: 4, style: style(false), unit: 'total_time', now: 0, keys: false },
      },
    );
    expect(line?.replace(/ +/g, ' ')).toBe('q 32 ms/s 1 min 5 s');
  });

  it('is by value where nothing has a rate', () => {
    const gauges = rows.map((row) => ({ ...row, rate: null }));
    const [head] = topTable('waits', gauges, topStart, {
      ...{ width: 60, height: 4, style: style(false), unit: 'x', now: 0, keys: false },
    });
    expect(head).toBe('waits by value · 3 rows');
  });
});

describe('a course', () => {
  const every = (ms: number, values: readonly number[]): Moment[] =>
    values.map((value, n) => ({ at: n * ms, value }));

  it('is drawn as bars of 15 s, each the mean of what was read in it, blank where nothing was', () => {
    const moments = [...every(5_000, [0, 0, 0, 3, 3, 3, 7, 7, 7]), { at: 60_000, value: 21 }];
    expect(sparkline(moments, 60_000, 15_000)).toBe(`${' '.repeat(15)}▁▂▃ █`);
    expect(sparkline(every(15_000, [0, 0]), 29_000)).toBe(`${' '.repeat(18)}▁▁`);
  });

  it('keeps the newest 20, and has no holes where readings are further apart', () => {
    expect(columnMs(every(5_000, [1, 1, 1]))).toBe(15_000);
    expect(columnMs(every(60_400, [1, 1, 1]))).toBe(61_000);
    expect(sparkline(every(60_000, Array<number>(50).fill(1)), 49 * 60_000)).toBe('█'.repeat(20));
  });
});
