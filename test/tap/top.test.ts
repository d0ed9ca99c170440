import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { style } from '../../src/tap/style.ts';
import { type TopRow, top } from '../../src/tap/top.ts';
import { sparkline, topKey, topStart, topTable } from '../../src/tap/topTable.ts';
import { aMetric } from '../streams/entries.ts';

const reading = (second: number, orders: number, users: number, epoch = 'e') =>
  aMetric('pg_stats', {
    timestamp: `2026-01-02T03:04:${String(second).padStart(2, '0')}.000Z`,
    server: 'main',
    database: 'shop',
    stats_epoch: epoch,
    commits: orders + users,
    tables: [
      { schema: 'public', name: 'orders', tuples_inserted: orders, tuples_updated: 0 },
      { schema: 'public', name: 'users', tuples_inserted: users, tuples_updated: 1 },
    ],
  });
const ratesOf = (rows: readonly TopRow[]) =>
  Object.fromEntries(rows.map(({ label, rate }) => [label, rate]));
const always = (): boolean => true;

describe('top', () => {
  it('gives each item of a list its rate per second, also of a sum', () => {
    const table = top('writes', always);
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
    const table = top('commits', always);
    for (const metric of [reading(0, 1, 1), reading(2, 5, 1)]) table.add(metric);
    table.add({ ...reading(2, 5, 1), database: 'other' });
    expect(ratesOf(table.rows())).toEqual({ 'main/shop': 2, 'main/other': null });
  });

  it('gives no rate across a reset, and none to what is no counter', () => {
    const table = top('commits', always);
    for (const metric of [reading(0, 9, 9), reading(1, 0, 0), reading(2, 9, 9, 'e2')]) {
      table.add(metric);
      expect(table.rows()).toMatchObject([{ rate: null }]);
    }
    const gauge = top('commits', () => false);
    for (const metric of [reading(0, 1, 1), reading(1, 5, 1)]) gauge.add(metric);
    expect(gauge.rows()).toMatchObject([{ rate: null, value: 6, course: [2, 6] }]);
  });
});

describe('the table', () => {
  const rows: TopRow[] = [
    { label: 'a', rate: 1, value: 300, course: [0, 1, 7] },
    { label: 'b\u001b[2J', rate: 5, value: 20, course: [] },
    { label: '表'.repeat(40), rate: null, value: 1, course: [1] },
  ];
  const draw = (state = topStart, width = 100, height = 20): string[] =>
    topTable('writes', rows, state, { width, height, style: style(false) });
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

  it('draws the course as bars', () => {
    expect(sparkline([0, 1, 7])).toBe('▁▂█');
    expect(sparkline([0, 0])).toBe('▁▁');
    expect(sparkline(Array.from({ length: 50 }, (_, n) => n))).toHaveLength(20);
  });
});
