import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Metric } from '../../../src/schema/metric.ts';
import { pgSchema } from '../../../src/sources/pg_schema/pg_schema.ts';
import { findingsSql } from '../../../src/sources/pg_schema/schemaSql.ts';
import { openServer } from '../../support/openServer.ts';
import { withPostgres } from '../../support/postgres.ts';
import { type Fields, type Reading, readUntil, rowsOf } from '../../support/readings.ts';

const server = withPostgres({
  settings: { logging_collector: 'on', log_filename: 'server.log', autovacuum: 'off' },
});
const some = ({ metrics, troubles }: Reading) => metrics.length + troubles.length > 0;
const named = (metric: Metric | undefined, list: string, name: string): Fields | undefined =>
  rowsOf(metric, list).find((row) => row['name'] === name);
const names = (metric: Metric | undefined) => rowsOf(metric, 'tables').map(({ name }) => name);
const readings = (metrics: readonly Metric[]) => metrics.filter(({ type }) => type === 'pg_schema');

describe('pg_schema', () => {
  beforeAll(() =>
    server().sql(`CREATE ROLE nobody LOGIN; CREATE EXTENSION pg_stat_statements;
      CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state text NOT NULL DEFAULT 'new',
        total numeric(10, 2) CHECK (total > 0), twice numeric GENERATED ALWAYS AS (total * 2) STORED);
      CREATE INDEX open_orders ON orders (lower(state)) WHERE state = 'secret';
      CREATE INDEX open_orders2 ON orders (lower(state)) WHERE state = 'secret';
      CREATE TABLE lines (id int REFERENCES orders, password text) WITH (fillfactor = 70);
      CREATE INDEX by_password ON lines (password);
      CREATE VIEW open AS SELECT id FROM orders WHERE state = 'secret';
      CREATE TABLE events (at date, n int) PARTITION BY RANGE (at);
      CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER noted BEFORE INSERT ON lines FOR EACH ROW EXECUTE FUNCTION note();
      ALTER TABLE lines DISABLE TRIGGER noted`),
  );

  it.each(['postgres', 'nobody'])('tells as %s how each relation is made', async (user) => {
    const { metrics, troubles } = await readUntil(
      pgSchema,
      server(),
      { connection: { user } },
      some,
    );
    expect(troubles).toStrictEqual([]);
    const [metric] = metrics;
    expect(metric).toMatchObject({ whole: true, dropped: [], skipped: 0, tables_total: 5 });
    expect([...names(metric)].sort()).toStrictEqual([
      'events',
      'events_1',
      'lines',
      'open',
      'orders',
    ]);
    expect(named(metric, 'tables', 'orders')).toMatchObject({
      schema: 'public',
      kind: 'table',
      owner: 'postgres',
      columns: [
        { name: 'id', type: 'integer', nullable: false, identity: 'always', default: null },
        { name: 'state', type: 'text', nullable: false, default: '?::text' },
        { name: 'total', type: 'numeric(10,2)', nullable: true },
        { name: 'twice', generated: 'stored' },
      ],
      constraints: [
        { name: 'orders_pkey', kind: 'primary_key', definition: 'PRIMARY KEY (id)' },
        { name: 'orders_total_check', kind: 'check', validated: true },
      ],
      indexes: [
        { name: 'open_orders', is_valid: true },
        { name: 'open_orders2' },
        { name: 'orders_pkey', is_primary: true },
      ],
    });
    expect(named(metric, 'tables', 'lines')).toMatchObject({
      options: ['fillfactor=70'],
      indexes: [{ definition: 'CREATE INDEX by_password ON public.lines USING btree (password)' }],
      constraints: [{ kind: 'foreign_key' }],
      triggers: [{ name: 'noted', enabled: 'disabled' }],
    });
    expect(named(metric, 'tables', 'events')).toMatchObject({
      kind: 'partitioned_table',
      partition_key: 'RANGE (at)',
    });
    expect(named(metric, 'tables', 'events_1')).toMatchObject({
      partition_of: 'public.events',
      partition_bound: 'FOR VALUES FROM (?) TO (?)',
    });
    expect(named(metric, 'tables', 'open')?.['definition']).toContain('FROM public.orders');
    expect(JSON.stringify(metric)).not.toContain('secret');
  });

  it('sends only what changed, and tells that as events', async () => {
    let changed: Promise<unknown> | undefined;
    const { metrics } = await readUntil(
      pgSchema,
      server(),
      { settings: { interval: 1 } },
      (reading) => {
        if (readings(reading.metrics).length === 2) {
          changed ??= server()
            .sql(`BEGIN; ALTER TABLE orders ADD COLUMN note text; DROP TABLE events_1;
            CREATE TABLE young (a int); COMMIT`);
        }
        return (
          reading.metrics.some(({ type }) => type === 'pg_event') &&
          reading.metrics.at(-1)!.type === 'pg_schema'
        );
      },
    );
    await changed;
    const [whole, quiet] = readings(metrics);
    expect([whole!['whole'], names(whole).length]).toStrictEqual([true, 5]);
    expect([quiet!['whole'], names(quiet)]).toStrictEqual([false, []]);
    const told = readings(metrics).find((metric) => rowsOf(metric, 'dropped').length > 0);
    expect([...names(told)].sort()).toStrictEqual(['orders', 'young']);
    expect(told!['dropped']).toStrictEqual(['public.events_1']);
    const events = metrics.filter(({ type }) => type === 'pg_event').map(({ message }) => message);
    expect([...events].sort()).toStrictEqual([
      'table public.events_1 was dropped, in database postgres',
      'table public.orders has other columns, in database postgres',
      'table public.young was created, in database postgres',
    ]);
    expect(names(readings(metrics).at(-1))).toStrictEqual([]);
  });

  it('finds indexes that are duplicates or were left invalid, and calls none unused within 7 days', async () => {
    await server().sql('CREATE TABLE broken (a int); INSERT INTO broken VALUES (1), (1)');
    await server()
      .sql('CREATE UNIQUE INDEX CONCURRENTLY left_over ON broken (a)')
      .catch(() => undefined);
    const { metrics } = await readUntil(pgSchema, server(), {}, some);
    expect(named(metrics[0], 'index_findings', 'open_orders2')).toMatchObject({
      kind: 'duplicate',
      duplicate_of: 'open_orders',
    });
    expect(named(metrics[0], 'index_findings', 'left_over')).toMatchObject({
      kind: 'invalid',
      table: 'broken',
      duplicate_of: null,
    });
    expect(metrics[0]!['index_findings_total']).toBe(2);
  });

  it('finds indexes whose columns are the first of another, and no others', async () => {
    await server().sql(`CREATE SCHEMA prefixes; SET search_path = prefixes;
      CREATE TABLE t (a int, b int, c text);
      CREATE INDEX a ON t (a); CREATE INDEX ab ON t (a, b); CREATE INDEX abc ON t (a, b, c);
      CREATE INDEX a_down ON t (a DESC); CREATE INDEX a_some ON t (a) WHERE b > 0; CREATE INDEX a_with ON t (a) INCLUDE (b);
      CREATE UNIQUE INDEX a_once ON t (a, c); CREATE INDEX b ON t (b); CREATE INDEX by_hash ON t USING hash (a);
      CREATE INDEX c ON t (c); CREATE INDEX c_like ON t (c text_pattern_ops, a); CREATE INDEX half ON t ((a / 2));
      CREATE INDEX half_b ON t ((a / 2), b)`);
    const { host, port } = server();
    const read = await openServer({ host, port }).read(
      findingsSql(() => true),
      { values: ['false', 50] },
    );
    const found = read.filter(([, schema]) => schema === 'prefixes');
    expect(found.map(([kind, , , name, other]) => [kind, name, other]).sort()).toStrictEqual([
      ['prefix', 'a', 'a_once'],
      ['prefix', 'ab', 'abc'],
    ]);
    await server().sql('DROP SCHEMA prefixes CASCADE');
  });

  it('calls indexes unused that were never scanned and enforce nothing, where that can be known', async () => {
    const { host, port } = server();
    const rows = await openServer({ host, port }).read(
      findingsSql(() => true),
      { values: ['true', 10] },
    );
    const unused = rows.filter(([kind]) => kind === 'unused').map(([, , , name]) => name);
    expect([...unused].sort()).toStrictEqual(['by_password', 'open_orders', 'open_orders2']);
  });

  it('goes round locked tables and the views on them, and does not call them new later', async () => {
    const blocker = await server().connect();
    let released: Promise<unknown> | undefined;
    try {
      await blocker.query('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
      const { metrics, troubles } = await readUntil(
        pgSchema,
        server(),
        { settings: { interval: 1 } },
        (reading) => {
          released ??= reading.metrics.length > 0 ? blocker.query('ROLLBACK') : undefined;
          return names(reading.metrics.at(-1)).includes('open');
        },
      );
      expect(troubles).toStrictEqual([]);
      expect(metrics[0]).toMatchObject({ skipped: 2 });
      expect(names(metrics[0])).not.toContain('orders');
      expect([...names(metrics.at(-1))].sort()).toStrictEqual(['open', 'orders']);
      expect(metrics.filter(({ type }) => type === 'pg_event')).toStrictEqual([]);
    } finally {
      await released;
      await blocker.end();
    }
  });

  it('cuts the list loudly, and keeps what it follows', async () => {
    const { metrics } = await readUntil(
      pgSchema,
      server(),
      { settings: { interval: 1, max_tables: 2 } },
      ({ metrics }) => metrics.length >= 2,
    );
    expect(metrics[0]).toMatchObject({ truncated: true });
    expect(metrics[0]!['total']).toBe(metrics[0]!['tables_total']);
    expect(names(metrics[0])).toHaveLength(2);
    expect(metrics[1]).toMatchObject({ type: 'pg_schema', tables: [], dropped: [] });
  });

  it('leaves no error in the log of the server', async () => {
    const files = await readdir(server().logDirectory);
    const texts = await Promise.all(
      files.map((file) => readFile(join(server().logDirectory, file), 'utf8')),
    );
    const errors = texts
      .join('\n')
      .split('\n')
      .filter((line) => /(ERROR|FATAL):/.test(line))
      .filter((line) => !/starting up|could not create unique index/.test(line));
    expect(errors).toStrictEqual([]);
  });
});
