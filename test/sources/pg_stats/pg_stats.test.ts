import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { pgStats } from '../../../src/sources/pg_stats/pg_stats.ts';
import { withPostgres } from '../../support/postgres.ts';
import { type Fields, type Reading, readUntil, rowsOf } from '../../support/readings.ts';

const source = pgStats;
const server = withPostgres({ settings: { logging_collector: 'on', log_filename: 'server.log' } });
const one = ({ metrics }: Reading) => metrics.length > 0;

/** What the server logged as ERROR or FATAL. */
async function logged(): Promise<string[]> {
  const { logDirectory } = server();
  const files = await readdir(logDirectory);
  const texts = await Promise.all(files.map((file) => readFile(join(logDirectory, file), 'utf8')));
  return texts
    .join('\n')
    .split('\n')
    .filter((line) => /ERROR|FATAL/.test(line));
}

describe('pg_stats on PostgreSQL', () => {
  // Where it is found here, probing the server does not look for it in other databases.
  beforeAll(() => server().sql('CREATE EXTENSION pg_stat_statements'));

  it('says of a database what pg_stat_database says, under the names that consumers know', async () => {
    await server().sql('CREATE DATABASE counted');
    await server().sql(
      'CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 100); DELETE FROM t WHERE a > 90',
      'counted',
    );
    await server().sql('SELECT pg_stat_force_next_flush()', 'counted');
    const { metrics } = await readUntil(
      source,
      server(),
      { connection: { databases: ['counted'] } },
      one,
    );
    const [view] = await server().sql("SELECT * FROM pg_stat_database WHERE datname = 'counted'");
    const [metric] = metrics;
    expect(metric).toMatchObject({
      type: 'pg_stats',
      server: 'main',
      database: 'counted',
      in_recovery: false,
      tuples_inserted: Number(view!['tup_inserted']),
      tuples_deleted: Number(view!['tup_deleted']),
      tuples_updated: Number(view!['tup_updated']),
      deadlocks: 0,
      conflicts: 0,
      stats_reset: null,
      blk_read_time: null,
      blk_write_time: null,
    });
    const renamed: Record<string, string> = {
      xact_commit: 'transactions_committed',
      xact_rollback: 'transactions_rolledback',
      datname: 'database',
    };
    const missing = Object.keys(view!)
      .map((column) => renamed[column] ?? column.replace(/^tup_/, 'tuples_'))
      .filter((field) => field !== 'datid' && !(field in metric!));
    expect(missing).toStrictEqual([]);
    const [size] = await server().sql("SELECT pg_database_size('counted') AS bytes");
    expect(metric!['size_bytes']).toBe(Number(size!['bytes']));
    expect(metric!['size_read_at']).toMatch(/Z$/);
  });

  it('says of tables and indexes what the views say, whatever their names', async () => {
    await server().sql('CREATE DATABASE "We ird.ÄÖ ""x"""');
    await server().sql(
      `CREATE SCHEMA "S.chema"; CREATE TABLE "S.chema"."T ""a"" ü" (a int PRIMARY KEY, b text, c int);
       CREATE INDEX "I'dx" ON "S.chema"."T ""a"" ü" (c); CREATE TABLE bare (a int);
       INSERT INTO "S.chema"."T ""a"" ü" SELECT g, repeat(md5(g::text), 200), g FROM generate_series(1, 500) g;
       UPDATE "S.chema"."T ""a"" ü" SET c = 0 WHERE a <= 10; ANALYZE`,
      'We ird.ÄÖ "x"',
    );
    await server().sql(
      `SET enable_seqscan = off; SELECT count(*) FROM "S.chema"."T ""a"" ü" WHERE c = 5`,
      'We ird.ÄÖ "x"',
    );
    await server().sql('SELECT pg_stat_force_next_flush()', 'We ird.ÄÖ "x"');
    const { metrics, troubles } = await readUntil(
      source,
      server(),
      { connection: { databases: ['We ird.ÄÖ "x"'] } },
      one,
    );
    expect(troubles).toStrictEqual([]);
    const views = await server().sql(
      `SELECT * FROM pg_stat_user_tables JOIN pg_statio_user_tables USING (relid, schemaname, relname) ORDER BY relname`,
      'We ird.ÄÖ "x"',
    );
    const tables = rowsOf(metrics[0], 'tables');
    expect(tables.map(({ schema, name }) => [schema, name]).sort()).toStrictEqual(
      views.map(({ schemaname, relname }) => [schemaname, relname]).sort(),
    );
    const renamed: Record<string, string> = {
      n_live_tup: 'live_tuples',
      n_dead_tup: 'dead_tuples',
      n_mod_since_analyze: 'modified_since_analyze',
      schemaname: 'schema',
      relname: 'name',
    };
    for (const view of views) {
      const table = tables.find(({ name }) => name === view['relname'])!;
      for (const [column, value] of Object.entries(view)) {
        if (column === 'relid') continue;
        const field = table[renamed[column] ?? column];
        if (value instanceof Date) expect(new Date(field as string)).toStrictEqual(value);
        else
          expect([column, field]).toStrictEqual([
            column,
            typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value,
          ]);
      }
    }
    expect(tables.find(({ name }) => name === 'bare')).toMatchObject({
      idx_scan: null,
      idx_tup_fetch: null,
    });
    const [size] = await server().sql(
      `SELECT pg_total_relation_size('"S.chema"."T ""a"" ü"') AS bytes`,
      'We ird.ÄÖ "x"',
    );
    expect(tables.find(({ schema }) => schema === 'S.chema')!['size_bytes']).toBe(
      Number(size!['bytes']),
    );
    expect(rowsOf(metrics[0], 'indexes').find(({ name }) => name === "I'dx")).toMatchObject({
      schema: 'S.chema',
      table: 'T "a" ü',
      scans: 1,
      is_unique: false,
      is_valid: true,
      status: null,
    });
  });

  it('gives empty lists for an empty database', async () => {
    await server().sql('CREATE DATABASE nothing');
    const { metrics } = await readUntil(
      source,
      server(),
      { connection: { databases: ['nothing'] } },
      one,
    );
    expect(metrics[0]).toMatchObject({
      tables: [],
      indexes: [],
      tables_total: 0,
      indexes_total: 0,
    });
  });

  it('calls an index unused only after 7 days, and never one that enforces something', async () => {
    await server().sql('CREATE DATABASE judged');
    await server().sql(
      'CREATE TABLE t (a int PRIMARY KEY, b int); CREATE INDEX idle ON t (b)',
      'judged',
    );
    const { metrics } = await readUntil(
      source,
      server(),
      { connection: { databases: ['judged'] } },
      one,
    );
    expect(rowsOf(metrics[0], 'indexes').map(({ status }) => status)).toStrictEqual([null, null]);
  });

  it('reads all databases but templates and excluded ones, and tables only when they are due', async () => {
    await server().sql('CREATE DATABASE left_out');
    const { metrics } = await readUntil(
      source,
      server(),
      {
        connection: { databases: ['*'], exclude_databases: ['left_*'] },
        settings: { interval: 1, relations_interval: 3600 },
      },
      ({ metrics }) => {
        const own = metrics.filter(({ database }) => database === 'postgres');
        return own.length >= 3 && own.slice(0, -1).some((metric) => 'tables' in metric);
      },
    );
    const names = new Set(metrics.map(({ database }) => database));
    expect([names.has('postgres'), names.has('template1'), names.has('left_out')]).toStrictEqual([
      true,
      false,
      false,
    ]);
    const own = metrics.filter(({ database }) => database === 'postgres');
    expect(own.filter((metric) => 'tables' in metric)).toHaveLength(1);
    expect(own.at(-1)!['size_bytes']).toBeGreaterThan(0);
  });

  it('goes round a locked table, and reads the others', async () => {
    await server().sql('CREATE DATABASE locking');
    await server().sql(
      'CREATE TABLE held (a int PRIMARY KEY); CREATE TABLE free (a int)',
      'locking',
    );
    const blocker = await server().connect('locking');
    try {
      await blocker.query('BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE');
      const { metrics, troubles } = await readUntil(
        source,
        server(),
        { connection: { databases: ['locking'] } },
        one,
      );
      expect(troubles).toStrictEqual([]);
      const sizes: Fields = Object.fromEntries(
        rowsOf(metrics[0], 'tables').map(({ name, size_bytes }) => [
          name as string,
          size_bytes ?? null,
        ]),
      );
      expect(sizes).toStrictEqual({ held: null, free: 0 });
      expect(metrics[0]!['sizes_skipped']).toBeGreaterThan(0);
    } finally {
      await blocker.end();
    }
  });

  it('cuts the lists loudly', async () => {
    await server().sql('CREATE DATABASE many');
    await server().sql(
      `DO $$ BEGIN FOR g IN 1..9 LOOP EXECUTE format('CREATE TABLE t%s (a int PRIMARY KEY)', g); END LOOP; END $$; INSERT INTO t5 SELECT generate_series(1, 9)`,
      'many',
    );
    const { metrics } = await readUntil(
      source,
      server(),
      { connection: { databases: ['many'] }, settings: { max_tables: 2, max_indexes: 3 } },
      one,
    );
    expect(metrics[0]).toMatchObject({
      truncated: true,
      total: 18,
      tables_total: 9,
      indexes_total: 9,
    });
    expect(rowsOf(metrics[0], 'tables').map(({ name }) => name)).toContain('t5');
    expect(rowsOf(metrics[0], 'tables')).toHaveLength(2);
    expect(rowsOf(metrics[0], 'indexes')).toHaveLength(3);
  });

  it('splits a long list into parts of at most 256 KiB', async () => {
    await server().sql('CREATE DATABASE wide');
    await server().sql(
      `DO $$ BEGIN FOR g IN 1..450 LOOP EXECUTE format('CREATE TABLE t%s (a int)', g); END LOOP; END $$`,
      'wide',
    );
    const { metrics } = await readUntil(
      source,
      server(),
      { connection: { databases: ['wide'] } },
      ({ metrics }) =>
        metrics.length > 0 &&
        metrics.length === (metrics[0]!['part'] as { of: number } | undefined)?.of,
    );
    expect(metrics.length).toBeGreaterThan(1);
    expect(metrics.every((metric) => JSON.stringify(metric).length <= 262_144)).toBe(true);
    expect(
      new Set(metrics.flatMap((metric) => rowsOf(metric, 'tables').map(({ name }) => name))).size,
    ).toBe(450);
  });

  it('reports a database that does not exist, and reads the others', async () => {
    const { metrics, troubles } = await readUntil(
      source,
      server(),
      { connection: { databases: ['no such', 'postgres'] }, settings: { interval: 1 } },
      (reading) => reading.metrics.length > 0 && reading.troubles.length > 0,
    );
    expect(metrics[0]).toMatchObject({ database: 'postgres' });
    expect(String(troubles[0])).toContain('database "no such" does not exist');
  });

  it('goes on when a database is dropped between two reads', async () => {
    await server().sql('CREATE DATABASE leaving');
    let dropped: Promise<unknown> | undefined;
    const { metrics } = await readUntil(
      source,
      server(),
      { connection: { databases: ['*'] }, settings: { interval: 1, relations_interval: 1 } },
      (reading) => {
        if (reading.metrics.some(({ database }) => database === 'leaving')) {
          dropped ??= server().sql('DROP DATABASE leaving WITH (FORCE)');
        }
        return reading.metrics.filter(({ database }) => database === 'postgres').length >= 3;
      },
    );
    await dropped;
    expect(metrics.at(-1)).not.toMatchObject({ database: 'leaving' });
  });

  it.each([
    [
      'a member of pg_monitor',
      'CREATE ROLE watcher LOGIN; GRANT pg_monitor TO watcher',
      'watcher',
      true,
    ],
    ['a role without any right', 'CREATE ROLE nobody LOGIN', 'nobody', false],
  ])('reads what it may as %s, and asks for nothing else', async (_, grant, user, sees) => {
    await server().sql(grant);
    await server().sql(`CREATE DATABASE private_${user}`);
    await server().sql(`REVOKE CONNECT ON DATABASE private_${user} FROM PUBLIC`);
    const { metrics, troubles } = await readUntil(
      source,
      server(),
      {
        connection: { user, databases: [`private_${user}`, 'postgres'] },
        settings: { interval: 1 },
      },
      (reading) => reading.metrics.length >= 4,
    );
    const hidden = metrics.find(({ database }) => database === `private_${user}`);
    expect(typeof hidden!['size_bytes']).toBe(sees ? 'number' : 'object');
    expect(hidden).not.toHaveProperty('tables');
    expect(metrics.find(({ database }) => database === 'postgres')).toHaveProperty('tables');
    expect(new Set(troubles.map(String)).size).toBe(1);
    expect(String(troubles[0])).toContain('may not connect');
  });

  it('leaves no error in the log of the server', async () => {
    // The launcher asks while the server starts.
    expect((await logged()).filter((line) => !line.includes('starting up'))).toStrictEqual([]);
  });
});
