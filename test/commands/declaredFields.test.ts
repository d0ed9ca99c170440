import { describe, expect, it } from 'vitest';
import { declaredFields } from '../../src/commands/declaredFields.ts';
import type { Metric } from '../../src/schema/metric.ts';
import { registry } from '../../src/sources/registry.ts';

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly counter?: boolean;
  readonly key?: readonly string[];
  readonly const?: unknown;
}

const schemas = registry.flatMap(({ metrics }) => metrics as unknown as readonly Schema[]);
const typeOf = (schema: Schema): string => String(schema.properties?.['type']?.const);

function* within(schema: Schema, path: string): Generator<readonly [string, Schema]> {
  yield [path, schema];
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    yield* within(field, path === '' ? name : `${path}.${name}`);
  }
  if (schema.items) yield* within(schema.items, `${path}[]`);
}
const all = schemas.flatMap((schema) =>
  [...within(schema, '')].map(([path, field]) => [`${typeOf(schema)} ${path}`, field] as const),
);
const reading = (type: string, fields: object = {}): Metric => ({
  type,
  timestamp: '2026-01-02T03:04:05.678Z',
  ...fields,
});

describe('declared fields', () => {
  it('count up where they are numbers and nowhere else', () => {
    const counters = all.filter(([, { counter }]) => counter);
    expect(counters.length).toBeGreaterThan(150);
    for (const [path, { type }] of counters) {
      expect([path, [type].flat().some((each) => each === 'integer' || each === 'number')]).toEqual(
        [path, true],
      );
    }
  });

  it('a list whose items count says what tells them apart, by fields that they have', () => {
    for (const [path, { items, key = [] }] of all) {
      if (!items?.properties) continue;
      const names = Object.keys(items.properties);
      expect([path, key.filter((name) => !names.includes(name))]).toEqual([path, []]);
      if (Object.values(items.properties).some(({ counter }) => counter)) {
        expect([path, key.length > 0]).toEqual([path, true]);
      }
    }
  });

  it.each([
    ['pg_stats', 'transactions_committed', true],
    ['pg_stats', 'size_bytes', false],
    ['pg_stats', 'numbackends', false],
    ['pg_stats', 'tables.n_tup_ins', true],
    ['pg_stats', 'tables.autovacuum_count', true],
    ['pg_stats', 'tables.modified_since_analyze', false],
    ['pg_stats', 'tables.total_vacuum_time', true],
    ['pg_query_stats', 'queries.total_time', true],
    ['pg_query_stats', 'queries.mean_time', false],
    ['pg_query_stats', 'other.calls', true],
    ['pg_global', 'archiver.archived_count', true],
    ['pg_global', 'io.write_time_ms', true],
    ['pg_global', 'wal_position_bytes', true],
    ['pg_replication', 'slots.retained_bytes', false],
    ['pg_replication', 'slots.total_bytes', true],
    ['pg_replication', 'senders.replay_lag_bytes', false],
    ['pg_progress', 'vacuum.heap_blks_scanned', true],
    ['pg_progress', 'vacuum.heap_blks_total', false],
    ['pgbouncer', 'stats.total_xact_count', true],
    ['pgbouncer', 'pools.cl_active', false],
    ['disk_usage', 'filesystems.used_bytes', false],
    ['sysstat', 'disk_io.read_ops', true],
    ['sysstat', 'disk_io.in_flight', false],
    ['agent', 'books.delivered', true],
    ['agent', 'books.spooled', false],
    ['unknown', 'x', false],
  ])('of %s: %s counts up: %s', (type, path, expected) => {
    expect(declaredFields().isCounter(reading(type), path)).toBe(expected);
  });

  it('of a query of one’s own are those that it says', () => {
    const metric = reading('custom', {
      columns: [
        { name: 'jobs.done', kind: 'counter' },
        { name: 'waiting', kind: 'gauge' },
      ],
    });
    const { isCounter, keyOf } = declaredFields();
    expect(isCounter(metric, 'rows.values.jobs.done')).toBe(true);
    expect(isCounter(metric, 'rows.values.waiting')).toBe(false);
    expect(keyOf('custom', 'rows')).toEqual(['labels']);
  });
});
