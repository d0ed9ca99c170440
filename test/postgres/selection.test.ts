import { describe, expect, it } from 'vitest';
import { bigint, bool, float, or, time, words } from '../../src/postgres/column.ts';
import { fieldsOf, selection } from '../../src/postgres/selection.ts';

const columns = {
  calls: bigint('s.calls', 'executions'),
  since: time('s.since', 'since when', 'v.since'),
  ms: or(float('s.total_ms', 'time', 'v.total_ms'), 's.ms', 'v.ms'),
  on: bool('s.on', 'whether'),
  name: words('s.name', 'name'),
};

describe('selection', () => {
  it('selects what exists, the older place where the newer is missing, and NULL otherwise', () => {
    expect(selection(columns, () => true).sql).toBe('s.calls, s.since, s.total_ms, s.on, s.name');
    expect(selection(columns, (need) => need === 'v.ms').sql).toBe(
      's.calls, NULL, s.ms, s.on, s.name',
    );
    expect(selection(columns, () => false).sql).toBe('s.calls, NULL, NULL, s.on, s.name');
  });

  it('reads rows behind an offset, exactly and with nulls as nulls', () => {
    const { read, width } = selection(columns, () => true, 1);
    expect(width).toBe(5);
    expect(
      read(['x', '9223372036854775807', '2026-01-02 03:04:05.6+00', '1.5', 't', 'N']),
    ).toStrictEqual({
      calls: '9223372036854775807',
      since: '2026-01-02T03:04:05.6Z',
      ms: 1.5,
      on: true,
      name: 'N',
    });
    expect(read(['x', null, 'infinity', 'NaN', null])).toStrictEqual({
      calls: null,
      since: null,
      ms: null,
      on: null,
      name: null,
    });
  });

  it('knows how long a row is as JSON at most, and not much more', () => {
    const { read, bytes } = selection(columns, () => true, 1);
    const rows = [
      ['x', '9223372036854775807', '2026-01-02 03:04:05.6+00', '1e+20', 't', 'N "ü" \n'],
      ['x', '0', '2026-01-02 03:04:05', '-1.5e-300', 'f', '7'],
      ['x', null, 'infinity', 'NaN', null, ''],
      ['x', null, null, null, null, null],
    ];
    for (const row of rows) {
      const json = JSON.stringify(read(row)).replace(
        '"9223372036854775807"',
        '9223372036854775807',
      );
      expect(bytes(row)).toBeGreaterThanOrEqual(Buffer.byteLength(json));
      expect(bytes(row)).toBeLessThanOrEqual(Buffer.byteLength(json) + 40);
    }
  });

  it('gives every field a nullable schema with its description', () => {
    expect(fieldsOf(columns).calls).toMatchObject({
      type: ['integer', 'string', 'null'],
      description: 'executions',
    });
  });

  it('leaves out what names a column or a function that is not there', () => {
    const columns = {
      kept: bigint('d.kept + d.other', ''),
      renamed: bigint("CASE WHEN 'd.kept' = '' THEN d.renamed END", ''),
      revoked: bigint('pg_stat_get_revoked(c.oid)', ''),
      foreign: bigint('x.whatever', ''),
    };
    const there = ['view.kept', 'view.other'];
    const { sql } = selection(columns, (need) => there.includes(need), 0, { d: 'view' });
    expect(sql).toBe('d.kept + d.other, NULL, NULL, x.whatever');
  });
});
