import { beforeAll, describe, expect, it } from 'vitest';
import type { DevPostgres } from '../../dev/postgres.ts';
import type { Json } from '../../src/schema/json.ts';
import { pgGlobal } from '../../src/sources/pg_global/pg_global.ts';
import { pgGlobalMetric } from '../../src/sources/pg_global/pgGlobalMetric.ts';
import { pgStats } from '../../src/sources/pg_stats/pg_stats.ts';
import { pgStatsMetric } from '../../src/sources/pg_stats/pgStatsMetric.ts';
import { withPostgres } from '../support/postgres.ts';
import { type Fields, rowsOf } from '../support/readings.ts';
import { describedFields, namedColumns } from './describedColumns.ts';
import { eachVersion, majors } from './eachVersion.ts';
import { watch } from './watch.ts';
import { counted, roles, watchedSettings } from './watchedServer.ts';

/** Views that are sent whole, and what is sent instead of a column that is in no field. */
const views: Readonly<
  Record<string, { source: 'stats' | 'global'; but?: Record<string, string> }>
> = {
  pg_stat_database: { source: 'stats', but: { datid: 'its name identifies a database' } },
  pg_stat_all_tables: { source: 'stats', but: { relid: 'schema and name identify a table' } },
  pg_statio_all_tables: {
    source: 'stats',
    but: { relid: 'as above', schemaname: 'as above', relname: 'as above' },
  },
  pg_stat_all_indexes: {
    source: 'stats',
    but: { relid: 'schema and table', indexrelid: 'schema and name identify an index' },
  },
  pg_statio_all_indexes: {
    source: 'stats',
    but: {
      relid: 'as above',
      indexrelid: 'as above',
      schemaname: 'as above',
      relname: 'as above',
      indexrelname: 'as above',
    },
  },
  pg_stat_bgwriter: { source: 'global' },
  pg_stat_checkpointer: { source: 'global' },
  pg_stat_wal: { source: 'global' },
  pg_stat_archiver: { source: 'global' },
  pg_stat_slru: { source: 'global' },
  pg_stat_io: { source: 'global', but: { op_bytes: 'a factor of read_bytes and its like' } },
};

/** The row of each view that a metric, or an item of its lists, was made of. */
const wanted: Readonly<Record<string, string>> = {
  pg_stat_database: "datname = 'quiet'",
  pg_stat_all_tables: "relname = 'orders'",
  pg_statio_all_tables: "relname = 'orders'",
  pg_stat_all_indexes: "indexrelname = 'orders_pkey'",
  pg_statio_all_indexes: "indexrelname = 'orders_pkey'",
};

/** What does not only grow. Before 17 SLRUs had other names as well. */
const moving = new Set(['pg_stat_database.numbackends']);

/** What the server has: the rows of each view as JSON, exact for what a test can count up to. */
async function rows(server: DevPostgres): Promise<ReadonlyMap<string, readonly Fields[]>> {
  const found = new Map<string, readonly Fields[]>();
  const present = await server.sql(
    `SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace`,
  );
  const names = new Set(present.map(({ relname }) => relname));
  for (const view of Object.keys(views).filter((name) => names.has(name))) {
    const where = wanted[view] ?? 'true';
    const database = /_(tables|indexes)$/.test(view) ? 'quiet' : 'postgres';
    const json = await server.sql(
      `SET TimeZone = 'UTC'; SELECT to_jsonb(v) AS row FROM ${view} v WHERE ${where}`,
      database,
    );
    found.set(
      view,
      json.map(({ row }) => row as Fields),
    );
  }
  return found;
}

/** Whether a field is what the view said before it or after it was read, or a number between both. */
function fits(field: Json | undefined, before: Json | undefined, after: Json | undefined): boolean {
  if (typeof field === 'number' && typeof before === 'number' && typeof after === 'number') {
    // Gauges fall: VACUUM, which the collector of 13 and 14 hears of a moment later, sets some to 0.
    return Math.min(before, after) <= field && field <= Math.max(before, after);
  }
  const same = (value: Json | undefined): boolean =>
    value === field ||
    (typeof value === 'string' &&
      typeof field === 'string' &&
      Date.parse(value) === Date.parse(field));
  return same(before) || same(after);
}

eachVersion(majors, ({ major, options }) => {
  const timing = {
    track_io_timing: 'on',
    ...(major >= 14 && { track_wal_io_timing: 'on' }),
    autovacuum: 'off',
  };
  const server = withPostgres({ ...options, settings: { ...watchedSettings, ...timing } });
  beforeAll(async () => {
    await server().sql(`CREATE EXTENSION pg_stat_statements; ${roles}`);
    await server().sql('CREATE DATABASE quiet');
    await server().sql(
      `CREATE TABLE orders (id int PRIMARY KEY, note text);
       INSERT INTO orders SELECT g, repeat(md5(g::text), 200) FROM generate_series(1, 300) g;
       UPDATE orders SET note = 'x' WHERE id < 20; DELETE FROM orders WHERE id < 10`,
      'quiet',
    );
    await server().sql('VACUUM ANALYZE orders', 'quiet');
    await server().sql('SET enable_seqscan = off; SELECT note FROM orders WHERE id = 15', 'quiet');
    await server().sql('CHECKPOINT');
    await counted(server(), 'orders', 'quiet');
  });

  describe('of every view that is sent whole', () => {
    it('each column that this version has is in a field', async () => {
      const catalog = await server().sql(
        `SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
         WHERE c.relnamespace = 'pg_catalog'::regnamespace`,
      );
      const named = { stats: namedColumns(pgStatsMetric), global: namedColumns(pgGlobalMetric) };
      const missing = catalog.flatMap(({ relname, attname }) => {
        const view = views[relname as string];
        if (!view || view.but?.[attname as string] !== undefined) return [];
        const column = `${relname as string}.${attname as string}`;
        return named[view.source].has(column) ? [] : [column];
      });
      expect(missing).toStrictEqual([]);
      const there = new Set(catalog.map(({ relname }) => relname as string));
      expect([there.has('pg_stat_io'), there.has('pg_stat_checkpointer')]).toStrictEqual([
        major >= 16,
        major >= 17,
      ]);
    });

    it('each field has the value of its column', async () => {
      const before = await rows(server());
      const { until, newest } = watch(server(), {
        connection: { user: 'watcher', databases: ['quiet'] },
        sources: [pgStats, pgGlobal],
        settings: { pg_stats: { interval: 60 }, pg_global: { interval: 60 } },
      });
      await until(() => {
        expect(newest('pg_global')).toBeDefined();
        expect(newest('pg_stats')).toBeDefined();
      });
      const after = await rows(server());
      let compared = 0;
      const wrong: unknown[] = [];
      for (const schema of [pgStatsMetric, pgGlobalMetric]) {
        const metric = newest(schema.properties['type'].const)!;
        for (const { path, from } of describedFields(schema)) {
          const column = from.find(
            (each) => before.get(each.split('.')[0]!)?.[0]?.[each.split('.')[1]!] !== undefined,
          );
          if (column === undefined) continue;
          const [view, name] = column.split('.') as [string, string];
          const list = path[0]!.endsWith('[]') ? path[0]!.slice(0, -2) : null;
          const group = path.length > 1 ? (metric[path[0]!] as Fields) : metric;
          const items = list === null ? [group] : rowsOf(metric, list);
          items.forEach((item, index) => {
            const field = item[path.at(-1)!];
            const [then, now] = [before, after].map((read) => read.get(view)?.[index]?.[name]);
            compared++;
            if (moving.has(column) || (column === 'pg_stat_slru.name' && major < 17)) return;
            if (!fits(field, then, now))
              wrong.push({ path: path.join('.'), column, index, field, then, now });
          });
        }
      }
      expect(wrong).toStrictEqual([]);
      expect(compared).toBeGreaterThan(140);
    });
  });
});
