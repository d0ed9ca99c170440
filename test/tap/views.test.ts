import fc from 'fast-check';
import { NEVER, from } from 'rxjs';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/schema/journal.ts';
import type { Metric } from '../../src/schema/metric.ts';
import { csv } from '../../src/tap/csv.ts';
import { glob } from '../../src/tap/glob.ts';
import { json } from '../../src/tap/json.ts';
import { ndjson } from '../../src/tap/ndjson.ts';
import { pretty } from '../../src/tap/pretty.ts';
import { bytes, duration, quantity } from '../../src/tap/quantity.ts';
import { rates } from '../../src/tap/rates.ts';
import { metricOf } from '../../src/tap/recordOf.ts';
import { style } from '../../src/tap/style.ts';
import { tail } from '../../src/tap/tail.ts';
import { wrapped } from '../../src/tap/wrapped.ts';
import type { Tapped } from '../../src/tap/view.ts';
import { marbles } from '../support/marbles.ts';
import { aHeader, aMetric, aReceipt } from '../streams/entries.ts';

const validated = (metric: Metric): Entry => {
  const json = JSON.stringify(metric);
  return {
    at: 'validated',
    metric,
    line: { seq: 0, unit: 'u', type: metric.type, json, bytes: Buffer.byteLength(json) },
  };
};
const show = (metric: Metric, width = 100, isCounter = () => true): string =>
  pretty({ style: style(false), rates: rates(isCounter), width: () => width }).show({
    seq: 3,
    entry: validated(metric),
  }) ?? '';

describe('glob', () => {
  it.each([
    ['pg_*', 'pg_stats', true],
    ['pg_*', 'sysstat', false],
    ['*', '', true],
    ['pg_?og', 'pg_log', true],
    ['*stat*', 'pg_query_stats', true],
    ['a*b*c', 'aXbXbc', true],
    ['a*b*c', 'aXbXb', false],
    ['', 'x', false],
  ])('%s on %s is %s', (pattern, text, expected) => {
    expect(glob([pattern])(text)).toBe(expected);
  });

  it('selects everything without patterns', () => {
    expect(glob([])('anything')).toBe(true);
  });

  it('agrees with a regular expression', () => {
    const letters = fc
      .array(fc.constantFrom('a', 'b', '*', '?'), { maxLength: 8 })
      .map((all) => all.join(''));
    const text = fc.array(fc.constantFrom('a', 'b'), { maxLength: 10 }).map((all) => all.join(''));
    fc.assert(
      fc.property(letters, text, (pattern, candidate) => {
        const oracle = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(glob([pattern])(candidate)).toBe(oracle.test(candidate));
      }),
    );
  });

  it('stays linear on patterns that make others explode', () => {
    expect(glob([`${'*a'.repeat(200)}b`])('a'.repeat(20_000))).toBe(false);
  });
});

describe('quantity', () => {
  it.each([
    ['size_bytes', 18_022, '17.6 kB'],
    ['total_gb', 1.5, '1.5 GB'],
    ['round_trip_ms', 0.42, '0.42 ms'],
    ['uptime_seconds', 7_384, '2 h 3 min'],
    ['used_percent', 12.345, '12.3 %'],
    ['calls', 1_234_567, '1,234,567'],
  ])('%s %d reads %s', (field, value, expected) => {
    expect(quantity(field, value)).toBe(expected);
  });

  it('keeps the steps of bytes and time apart', () => {
    expect([
      bytes(1023),
      bytes(1024),
      duration(999),
      duration(61_000),
      duration(90_000_000),
    ]).toEqual(['1023 B', '1.0 kB', '999 ms', '1 min 1 s', '1 d 1 h']);
  });
});

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
    const perSecond = rates(() => true);
    return readings.map((metric) => perSecond(metric).get('commits')?.perSecond);
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
    const found = rates(() => true);
    found(groups(0, 10, 100, 'a'));
    expect([...found(groups(10, 30, 150, 'a'))]).toEqual([
      ['wal.bytes', { by: 20, perSecond: 2 }],
      ['io.reads', { by: 50, perSecond: 5 }],
    ]);
    expect([...found(groups(20, 500, 160, 'b'))]).toEqual([['io.reads', { by: 10, perSecond: 1 }]]);
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
});

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
    expect(shown).toContain('tables 961: public t0');
    expect(shown).toContain('… 958 more');
    expect(shown.split('\n')).toHaveLength(5);
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

  it('keeps within the width of the terminal', () => {
    const fields = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`field_${n}`, n + 1]));
    for (const line of show(aMetric('sysstat', fields), 60).split('\n')) {
      expect(stringWidth(line)).toBeLessThanOrEqual(60);
    }
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
    const view = pretty({ style: style(false), rates: rates(() => true), width: () => 80 });
    expect(view.show({ seq: 3, entry: { at: 'acked', receipt } })).toBe(
      '⇡ push a1b2c3d4: 4 metrics, 1000 B → 400 B (40 %), 200 in 12 ms #3',
    );
  });

  it('shows an attempt with endpoint, bytes, status, attempt, round trip and why it failed', () => {
    const verdict = { is: 'retry', cause: 'HTTP 503' } as const;
    const receipt = aReceipt(aHeader({ sysstat: 3 }), verdict, { status: 503, attempt: 2 });
    const view = pretty({ style: style(false), rates: rates(() => true), width: () => 200 });
    expect(view.show({ seq: 1, entry: { at: 'sent', receipt } })).toBe(
      '⇢ sent a1b2c3d4 to https://backend.test/api/v1/metrics/push (gzip): retry, HTTP 503; ' +
        'a1b2c3d4: 3 metrics, 1000 B → 400 B (40 %), 503 in 12 ms attempt 2 #1',
    );
  });

  it('shows the fields that were asked for, zeros and nulls as well, and nothing else', () => {
    const view = pretty({
      style: style(false),
      rates: rates(() => true),
      width: () => 80,
      fields: ['deadlocks', 'cpu.user', 'missing'],
    });
    const entry = validated(aMetric('x', { deadlocks: 0, cpu: { user: null }, other: 5 }));
    expect(view.show({ seq: 1, entry })).toBe(
      '03:04:05.678 x  deadlocks 0   cpu.user null   missing null #1',
    );
    expect(view.show({ seq: 2, entry: validated(aMetric('y')) })).toBeUndefined();
  });
});

describe('views for programs', () => {
  const metric = aMetric('pg_stats', {
    server: 'main',
    note: 'a "b", \u001b[2J',
    tables: [{ name: 'orders', size: '9223372036854775807' }, { name: 'users' }],
  });
  const exact = JSON.stringify(metric).replace('"9223372036854775807"', '9223372036854775807');
  const entry: Entry = {
    at: 'validated',
    metric,
    line: { seq: 40, unit: 'main/pg_stats', type: 'pg_stats', json: exact, bytes: exact.length },
  };
  const receipt = aReceipt(aHeader({ sysstat: 3 }), { is: 'delivered' });

  it('give each metric byte for byte as it will be sent, behind its numbers', () => {
    expect(ndjson().show({ seq: 7, entry })).toBe(
      `{"tap_seq":7,"at":"validated","metric_seq":40,${exact.slice(1)}`,
    );
  });

  it('give attempts as flat fields', () => {
    expect(JSON.parse(ndjson().show({ seq: 8, entry: { at: 'sent', receipt } }) ?? '')).toEqual({
      tap_seq: 8,
      at: 'sent',
      payload: 'a1b2c3d4',
      metrics: 3,
      types: ['sysstat'],
      metric_seqs: [0, 0],
      raw_bytes: 1_000,
      gzip_bytes: 400,
      created_at: '2026-01-02T03:04:05.678Z',
      endpoint: 'https://backend.test/api/v1/metrics/push',
      status: 200,
      attempt: 1,
      sent_bytes: 400,
      encoding: 'gzip',
      took_ms: 12,
      verdict: 'delivered',
      cause: null,
    });
  });

  it('give only the fields that are asked for, also of the items of a list', () => {
    expect(ndjson(['server', 'tables.name', 'tables.1.name']).show({ seq: 1, entry })).toBe(
      '{"tap_seq":1,"server":"main","tables.name":["orders","users"],"tables.1.name":"users"}',
    );
    expect(ndjson(['nothing']).show({ seq: 1, entry })).toBeUndefined();
  });

  it('give one JSON document', () => {
    const view = json();
    const texts = [
      view.head,
      view.show({ seq: 1, entry }),
      view.show({ seq: 2, entry }),
      view.foot,
    ];
    expect(JSON.parse(texts.join('\n'))).toMatchObject([{ tap_seq: 1 }, { tap_seq: 2 }]);
  });

  it('give CSV with quotes doubled and nothing that steers a terminal', () => {
    const view = csv(['server', 'note', 'missing']);
    expect(view.head).toBe('tap_seq,server,note,missing');
    expect(view.show({ seq: 1, entry })).toBe('1,main,"a ""b"", \\x1b[2J",');
  });

  it('give CSV with one line a value where no fields are named', () => {
    expect(csv().head).toBe('tap_seq,at,timestamp,type,server,database,field,value');
    expect(csv().show({ seq: 1, entry })?.split('\n')).toContain(
      '1,validated,2026-01-02T03:04:05.678Z,pg_stats,main,,tables.0.name,orders',
    );
  });
});

describe('tail', () => {
  const entries = [aMetric('a'), aMetric('b'), aMetric('c')].map((metric, index) => ({
    seq: index + 1,
    entry: validated(metric),
  }));
  const view = {
    head: '<',
    show: ({ entry }: Tapped) =>
      metricOf(entry)?.type === 'b' ? undefined : metricOf(entry)?.type,
    foot: '>',
  };

  it('ends after the given number that was shown, with the foot', () => {
    const shown: string[] = [];
    from(entries)
      .pipe(tail({ view, count: 2, forMs: null, until$: NEVER }))
      .subscribe(({ text }) => shown.push(text));
    expect(shown).toEqual(['<', 'a', 'c', '>']);
  });

  it(
    'ends after the given time, or when it is asked to',
    marbles(({ cold, expectObservable }) => {
      const tapped = { a: entries[0]!, c: entries[2]! };
      const texts = Object.fromEntries(
        ['<', 'a', 'c', '>'].map((text) => [text, { text, record: /[ac]/.test(text) }]),
      );
      const late$ = cold('-a----c', tapped).pipe(
        tail({ view, count: null, forMs: 4, until$: NEVER }),
      );
      expectObservable(late$).toBe('<a--(>|)', texts);
      const asked$ = cold('-a----c', tapped).pipe(
        tail({ view, count: null, forMs: null, until$: cold('---x') }),
      );
      expectObservable(asked$).toBe('<a-(>|)', texts);
    }),
  );
});
