import { describe, expect, it } from 'vitest';
import type { Metric } from '../../src/schema/metric.ts';
import type { Declared } from '../../src/tap/declared.ts';
import { type Rates, rates } from '../../src/tap/rates.ts';

const declared: Declared = { isCounter: () => true, keyOf: () => undefined };

describe('rates', () => {
  const reading = (at: number, commits: number, epoch = 'e1'): Metric => ({
    type: 'pg_stats',
    timestamp: `2026-01-02T03:04:${String(at).padStart(2, '0')}.000Z`,
    server: 'main',
    database: 'shop',
    stats_epoch: epoch,
    commits,
  });
  const rateOf = (...readings: Metric[]): (number | undefined)[] => {
    const perSecond = rates(declared);
    return readings.map((metric) => perSecond(metric).own.get('commits')?.perSecond);
  };

  it('are the rise per second against the reading before', () => {
    expect(rateOf(reading(0, 100), reading(10, 150))).toEqual([undefined, 5]);
  });

  it('are those of groups of counters too, each with its own reset', () => {
    const groups = (at: number, wal: number, io: number, reset: string): Metric => ({
      ...reading(at, 1),
      wal: { bytes: wal, stats_reset: reset },
      io: { reads: io, stats_reset: 'a', read_time: null },
    });
    const found = rates(declared);
    found(groups(0, 10, 100, 'a'));
    expect([...found(groups(10, 30, 150, 'a')).own]).toEqual([
      ['wal.bytes', { by: 20, perSecond: 2 }],
      ['io.reads', { by: 50, perSecond: 5 }],
    ]);
    expect([...found(groups(20, 500, 160, 'b')).own]).toEqual([
      ['io.reads', { by: 10, perSecond: 1 }],
    ]);
  });

  it('are unknown across a reset', () => {
    expect(rateOf(reading(0, 100), reading(10, 500, 'e2'), reading(20, 510, 'e2'))).toEqual([
      undefined,
      undefined,
      1,
    ]);
  });

  it('are unknown where a counter fell', () => {
    expect(rateOf(reading(0, 100), reading(10, 50))).toEqual([undefined, undefined]);
  });

  it('keep the series of two databases apart', () => {
    const other = { ...reading(5, 7), database: 'other' };
    expect(rateOf(reading(0, 100), other, reading(10, 110))).toEqual([undefined, undefined, 1]);
  });

  const relations = (
    at: number,
    tables: readonly (readonly [name: string, rows: number, since?: string])[],
    more: object = {},
  ): Metric => ({
    ...reading(at, 0),
    tables: tables.map(([name, n_tup_ins, stats_reset = null]) => ({
      name,
      n_tup_ins,
      stats_reset,
    })),
    ...more,
  });
  const rowRates = (perSecond: Rates, metric: Metric): Record<string, number | undefined> => {
    const { item } = perSecond(metric);
    const tables = metric['tables'] as readonly { name: string }[];
    return Object.fromEntries(
      tables.map(({ name }, index) => [name, item('tables', index).get('n_tup_ins')?.perSecond]),
    );
  };

  it('are those of the items of a list too, wherever they stand in it', () => {
    const perSecond = rates(declared);
    rowRates(
      perSecond,
      relations(0, [
        ['a', 10],
        ['b', 100],
      ]),
    );
    const now = relations(10, [
      ['b', 150],
      ['new', 7],
      ['a', 30],
    ]);
    expect(rowRates(perSecond, now)).toEqual({ a: 2, b: 5, new: undefined });
  });

  it('are those since an item was last read, where the list is not in each metric or comes in parts', () => {
    const perSecond = rates(declared);
    rowRates(perSecond, relations(0, [['a', 10]], { part: { index: 0, of: 2 } }));
    rowRates(perSecond, relations(0, [['b', 10]], { part: { index: 1, of: 2 } }));
    perSecond(reading(5, 1));
    const now = relations(
      20,
      [
        ['b', 50],
        ['a', 30],
      ],
      { part: { index: 0, of: 1 } },
    );
    expect(rowRates(perSecond, now)).toEqual({ a: 1, b: 2 });
  });

  it('are unknown of an item that was reset, fell, or whose metric counts anew', () => {
    const perSecond = rates(declared);
    rowRates(
      perSecond,
      relations(0, [
        ['a', 10, 'then'],
        ['b', 10],
        ['c', 10],
      ]),
    );
    expect(
      rowRates(
        perSecond,
        relations(10, [
          ['a', 20, 'now'],
          ['b', 5],
          ['c', 20],
        ]),
      ),
    ).toEqual({
      a: undefined,
      b: undefined,
      c: 1,
    });
    const anew = relations(20, [['c', 90]], { stats_epoch: 'e2' });
    expect(rowRates(perSecond, anew)).toEqual({ c: undefined });
  });

  it('tell items apart by the fields that are declared for it', () => {
    const perSecond = rates({ ...declared, keyOf: () => ['name', 'stats_reset'] });
    rowRates(
      perSecond,
      relations(0, [
        ['a', 10, 'x'],
        ['a', 100, 'y'],
      ]),
    );
    const { item } = perSecond(
      relations(10, [
        ['a', 120, 'y'],
        ['a', 10, 'x'],
      ]),
    );
    expect([0, 1].map((index) => item('tables', index).get('n_tup_ins')?.by)).toEqual([
      20,
      undefined,
    ]);
  });

  it('are exact enough beyond 2^53, where values are digits, and none of texts and moments', () => {
    const perSecond = rates(declared);
    const big = (at: number, value: string): Metric => ({
      ...reading(at, 0),
      big: value,
      when: `2026-01-02T03:04:0${at}.000Z`,
    });
    perSecond(big(0, '9223372036854770000'));
    expect([...perSecond(big(1, '9223372036854774096')).own]).toEqual([
      ['big', { by: 4_096, perSecond: 4_096 }],
    ]);
  });
});
