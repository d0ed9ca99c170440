import fc from 'fast-check';
import { from } from 'rxjs';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/schema/journal.ts';
import type { Metric } from '../../src/schema/metric.ts';
import { glob } from '../../src/tap/glob.ts';
import { ndjson } from '../../src/tap/ndjson.ts';
import { pretty } from '../../src/tap/pretty.ts';
import { bytes, duration, quantity } from '../../src/tap/quantity.ts';
import { rates } from '../../src/tap/rates.ts';
import { style } from '../../src/tap/style.ts';
import { tail } from '../../src/tap/tail.ts';
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
  pretty({ style: style(false), rates: rates(isCounter), width: () => width })(validated(metric)) ??
  '';

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
    return readings.map((metric) => perSecond(metric).get('commits'));
  };

  it('are the rise per second against the reading before', () => {
    expect(rateOf(reading(0, 100), reading(10, 150))).toEqual([undefined, 5]);
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
    expect(show(metric)).toBe('03:04:05.678 pg_stats main/shop 137 B\n    size_bytes 2.0 kB');
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

  it('never lets text from outside steer the terminal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const shown = show(aMetric('pg_stats', { server: name, note: name, tables: [{ name }] }));
        // eslint-disable-next-line no-control-regex -- these are what must not appear
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

  it('shows a push with its sizes and its receipt', () => {
    const receipt = aReceipt(aHeader({ sysstat: 3, pg_log: 1 }), { is: 'delivered' });
    const text = pretty({ style: style(false), rates: rates(() => true), width: () => 80 })({
      at: 'acked',
      receipt,
    });
    expect(text).toBe('⇡ push a1b2c3d4: 4 metrics, 1000 B → 400 B (40 %), 200 in 12 ms');
  });
});

describe('tail', () => {
  const entries: Entry[] = [
    validated(aMetric('pg_stats')),
    validated(aMetric('sysstat')),
    { at: 'config', origin: 'pull', version: 3, changed: ['sysstat.interval: 15 → 5'] },
  ];
  const tailOf = (types: string[], view: (entry: Entry) => string | undefined): string[] => {
    const shown: string[] = [];
    from(entries)
      .pipe(tail({ types, view }))
      .subscribe((text) => shown.push(text));
    return shown;
  };

  it('selects metrics by type and shows what happens to the agent', () => {
    expect(tailOf(['pg_*'], (entry) => entry.at)).toEqual(['validated', 'config']);
  });

  it('gives programs the exact JSON of each metric and nothing else', () => {
    expect(tailOf([], ndjson)).toEqual([
      JSON.stringify(aMetric('pg_stats')),
      JSON.stringify(aMetric('sysstat')),
    ]);
  });
});
