import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/schema/journal.ts';
import type { Metric } from '../../src/schema/metric.ts';
import type { Declared } from '../../src/tap/declared.ts';
import { pretty } from '../../src/tap/pretty.ts';
import { rates } from '../../src/tap/rates.ts';
import { style } from '../../src/tap/style.ts';
import type { View } from '../../src/tap/view.ts';
import { wrapped } from '../../src/tap/wrapped.ts';
import { aHeader, aMetric, aReceipt } from '../streams/entries.ts';

const validated = (metric: Metric): Entry => {
  const json = JSON.stringify(metric);
  return {
    at: 'validated',
    metric,
    line: { seq: 0, unit: 'u', type: metric.type, json, bytes: Buffer.byteLength(json) },
  };
};
const declared: Declared = { isCounter: () => true, keyOf: () => undefined };
const view = (width: number, fields: readonly string[] = []): View =>
  pretty({ style: style(false), rates: () => rates(declared), width: () => width, fields });
const show = (metric: Metric, width = 100): string =>
  view(width).show({ seq: 3, entry: validated(metric) }) ?? '';

describe('pretty', () => {
  it('shows who, what and how large, and leaves out what says nothing', () => {
    const metric = aMetric('pg_stats', {
      server: 'main',
      database: 'shop',
      size_bytes: 2048,
      deadlocks: 0,
      reset: null,
    });
    expect(show(metric)).toBe(
      '03:04:05.678 pg_stats main/shop 137 B #3 metric 0\n    size_bytes 2.0 kB',
    );
  });

  it('cuts long lists and says how many it left out', () => {
    const tables = Array.from({ length: 961 }, (_, index) => ({
      schema: 'public',
      name: `t${index}`,
    }));
    const shown = show(aMetric('pg_stats', { tables }));
    expect(shown.split('\n').slice(1)).toEqual([
      '    tables 961',
      '      public t0',
      '      public t1',
      '      public t2',
      '      … 958 more',
    ]);
  });

  it('shows a list as a table with deltas and rates per second, what moved first', () => {
    const reading = (second: number, orders: number, carts: number): Metric => ({
      type: 'x',
      timestamp: `2026-01-02T03:04:${String(second).padStart(2, '0')}.000Z`,
      server: 'main',
      tables: [
        { schema: 'shop', name: 'quiet', n_tup_ins: 5, live: 7, read_at: null },
        {
          schema: 'shop',
          name: 'orders',
          n_tup_ins: orders,
          live: 70,
          read_at: '2026-01-02T03:04:00Z',
        },
        {
          schema: 'shop',
          name: 'carts',
          n_tup_ins: carts,
          live: 0,
          read_at: '2025-12-31T23:00:00.5Z',
        },
      ],
    });
    const some = view(100);
    const lines = (metric: Metric): readonly string[] =>
      (some.show({ seq: 1, entry: validated(metric) }) ?? '').split('\n').slice(1);
    expect(lines(reading(0, 1_000, 3))).toEqual([
      '    tables 3       n_tup_ins  live  read_at',
      '      shop quiet           5     7',
      '      shop orders      1,000    70  03:04:00',
      '      shop carts           3     0  2025-12-31 23:00:00',
    ]);
    expect(lines(reading(10, 1_234, 4))).toEqual([
      '    tables 3                 n_tup_ins  live  read_at',
      '      shop orders  1,234 +234 (23.4/s)    70  03:04:00',
      '      shop carts          4 +1 (0.1/s)     0  2025-12-31 23:00:00',
      '      shop quiet                     5     7',
    ]);
  });

  it('calls the items of a list by what tells them apart, where they have no names', () => {
    const io = [
      { backend_type: 'checkpointer', context: 'normal', writes: 0 },
      { backend_type: 'client backend', context: 'normal', writes: 12 },
    ];
    const shown = pretty({
      style: style(false),
      rates: () => rates({ ...declared, keyOf: () => ['backend_type', 'context'] }),
      width: () => 80,
    }).show({ seq: 1, entry: validated(aMetric('pg_global', { io })) });
    expect(shown?.split('\n').slice(1)).toEqual([
      '    io 2                     writes',
      '      client backend normal      12',
      '      … 1 more',
    ]);
  });

  it('puts the fields of groups within an item side by side, and lists within it as their length', () => {
    const rows = [{ labels: { queue: 'mail' }, values: { waiting: 3 }, pids: [1, 2] }];
    expect(show(aMetric('custom', { rows })).split('\n').slice(1)).toEqual([
      '    rows 1  labels.queue  values.waiting  pids',
      '            mail                       3     2',
    ]);
  });

  it('compares the stages apart, so that each shows what moved', () => {
    const some = view(100);
    const at = (second: number): Entry =>
      validated({
        ...aMetric('x', { commits: second * 10 }),
        timestamp: `2026-01-02T03:04:0${second}.000Z`,
      });
    for (const second of [1, 2]) {
      const entry = at(second);
      if (entry.at !== 'validated') continue;
      const shown = [{ at: 'source' as const, unit: 'u', metric: entry.metric }, entry].map(
        (each) => some.show({ seq: 1, entry: each }) ?? '',
      );
      for (const text of shown) expect(text.includes('+10 (10/s)')).toBe(second === 2);
    }
  });

  it('shows a server that is down as down', () => {
    expect(show(aMetric('pg_health', { server: 'main', up: 0, reason: 'refused' }))).toContain(
      'up 0   reason refused',
    );
  });

  it('escape sequences in names steer no terminal, nor do those in any text from outside', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const shown = show(aMetric('pg_stats', { server: name, note: name, tables: [{ name }] }));

        expect(shown.replaceAll('\n', '')).not.toMatch(
          /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/,
        );
      }),
    );
  });

  it('keeps within the width of the terminal, in columns', () => {
    const fields = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`field_${n}`, n + 1]));
    const item = { name: '表'.repeat(30), ...fields, text: 'x'.repeat(500) };
    const metric = aMetric('sysstat', { ...fields, items: [item, { ...item, name: 'b' }] });
    for (const width of [40, 60, 100, 200]) {
      const lines = show(metric, width).split('\n').slice(1);
      for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
    }
    expect(show(metric, 60).split('\n').slice(1, 6)).toEqual([
      '    field_0 1     field_1 2     field_2 3     field_3 4',
      '    field_4 5     field_5 6     field_6 7     field_7 8',
      '    field_8 9     field_9 10    field_10 11   field_11 12',
      '    field_12 13   field_13 14   field_14 15   field_15 16',
      '    … 24 more fields',
    ]);
  });

  it('breaks what is longer than the terminal at blanks, and cuts nothing off', () => {
    const text = 'sent to https://backend.test/api/v1/metrics/push (gzip): delivered; 10 metrics';
    expect(wrapped(`${text}\n  short`, 30)).toBe(
      'sent to\n    https://backend.test/api/v1/metrics/push\n    (gzip): delivered; 10\n    metrics\n  short',
    );
    expect(wrapped(text, 200)).toBe(text);
    for (const width of [20, 50, 79]) {
      expect(wrapped(text, width).replace(/\n {4}/g, ' ')).toBe(text);
    }
  });

  it('shows a push with its sizes and its receipt', () => {
    const receipt = aReceipt(aHeader({ sysstat: 3, pg_log: 1 }), { is: 'delivered' });
    expect(view(80).show({ seq: 3, entry: { at: 'acked', receipt } })).toBe(
      '⇡ push a1b2c3d4: 4 metrics, 1000 B → 400 B (40 %), 200 in 12 ms #3',
    );
  });

  it('shows an attempt with endpoint, bytes, status, attempt, round trip and why it failed', () => {
    const verdict = { is: 'retry', cause: 'HTTP 503' } as const;
    const receipt = aReceipt(aHeader({ sysstat: 3 }), verdict, { status: 503, attempt: 2 });
    expect(view(200).show({ seq: 1, entry: { at: 'sent', receipt } })).toBe(
      '⇢ sent a1b2c3d4 to https://backend.test/api/v1/metrics/push (gzip): retry, HTTP 503; ' +
        'a1b2c3d4: 3 metrics, 1000 B → 400 B (40 %), 503 in 12 ms attempt 2 #1',
    );
  });

  it('shows the fields that were asked for, zeros and nulls as well, and nothing else', () => {
    const some = view(80, ['deadlocks', 'cpu.user', 'missing']);
    const entry = validated(aMetric('x', { deadlocks: 0, cpu: { user: null }, other: 5 }));
    expect(some.show({ seq: 1, entry })).toBe(
      '03:04:05.678 x  deadlocks 0   cpu.user null   missing null #1',
    );
    expect(some.show({ seq: 2, entry: validated(aMetric('y')) })).toBeUndefined();
  });
});
