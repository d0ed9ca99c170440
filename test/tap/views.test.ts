import fc from 'fast-check';
import { NEVER, from } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/schema/journal.ts';
import type { Metric } from '../../src/schema/metric.ts';
import { csv } from '../../src/tap/csv.ts';
import { glob } from '../../src/tap/glob.ts';
import { json } from '../../src/tap/json.ts';
import { ndjson } from '../../src/tap/ndjson.ts';
import { bytes, duration, quantity } from '../../src/tap/quantity.ts';
import { metricOf } from '../../src/tap/recordOf.ts';
import { tail } from '../../src/tap/tail.ts';
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
    ['pid', 18_204, '18204'],
    ['relation_oid', 16_384, '16384'],
    ['version_num', 180_004, '180004'],
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
