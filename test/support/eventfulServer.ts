import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { expect, vi } from 'vitest';
import { type DevPostgres, type PostgresOptions, startPostgres } from '../../dev/postgres.ts';
import { startStandby } from '../../dev/postgres/standby.ts';
import { startWorkload } from '../../dev/workload.ts';

/** A server and its standby on which some of everything goes on, until they are stopped. */
export interface EventfulServer {
  readonly primary: DevPostgres;
  readonly standby: DevPostgres;
  readonly stop: () => Promise<void>;
}

/** What the server is told to measure, to log and to keep: all that it can. */
const settings = (major: number): NonNullable<PostgresOptions['settings']> => ({
  ...{ wal_level: 'logical', hot_standby: 'on', max_prepared_transactions: 5 },
  ...{ track_io_timing: 'on', track_functions: 'all', track_commit_timestamp: 'on' },
  ...{ logging_collector: 'on', log_lock_waits: 'on', deadlock_timeout: '300ms' },
  ...{ autovacuum_naptime: '1s', autovacuum_vacuum_cost_delay: 0, log_temp_files: 0 },
  ...{ 'pg_stat_statements.track': 'all', 'pg_stat_statements.track_planning': 'on' },
  ...{ archive_mode: 'on', archive_command: 'test -e archive', archive_timeout: '1s' },
  ...{ max_slot_wal_keep_size: '1GB', logical_decoding_work_mem: '64kB', huge_pages: 'off' },
  ...{ cluster_name: 'standby1', hot_standby_feedback: 'on', wal_receiver_status_interval: '1s' },
  ...{
    shared_preload_libraries: 'pg_stat_statements, auto_explain',
    log_min_duration_statement: '250ms',
  },
  ...{ log_error_verbosity: 'verbose', backtrace_functions: 'int4div' },
  ...(major >= 14 && { track_wal_io_timing: 'on', compute_query_id: 'on' }),
  ...{ log_destination: major >= 15 ? 'jsonlog' : 'csvlog' },
  ...(major >= 15 && { recovery_prefetch: 'try' }),
  ...(major >= 18 && { track_cost_delay_timing: 'on' }),
});

/** What there is to read before anything happens. */
const objects = (major: number): string => `CREATE EXTENSION pg_stat_statements;
  ${major >= 16 ? 'CREATE EXTENSION pg_buffercache;' : ''} CREATE EXTENSION pgstattuple;
  CREATE ROLE watcher LOGIN CONNECTION LIMIT 6 IN ROLE pg_monitor; ALTER ROLE watcher SET work_mem = '5MB'; ALTER ROLE watcher SET secret.key = 'x';
  GRANT SELECT (starelid, staattnum, stainherit, stanullfrac, stawidth) ON pg_statistic TO watcher;
  GRANT EXECUTE ON FUNCTION pgstattuple_approx(regclass), pgstattuple(regclass), pgstatindex(regclass) TO watcher;
  CREATE TABLE big (a int PRIMARY KEY, b text); ALTER TABLE big ALTER b SET STORAGE EXTERNAL;
  INSERT INTO big SELECT n, repeat('x', CASE n % 50 WHEN 0 THEN 9000 ELSE 500 END) FROM generate_series(1, 3000) n;
  ANALYZE big; DELETE FROM big WHERE a % 2 = 0; SELECT b FROM big WHERE a = 51;
  CREATE TABLE vacuumed WITH (autovacuum_enabled = off) AS TABLE big; DELETE FROM vacuumed WHERE a % 3 = 0;
  CREATE TABLE analyzed AS TABLE big; CREATE TABLE copied (a int); CREATE TABLE indexed (a int);
  CREATE TABLE altered (a int); CREATE TABLE updated (a int PRIMARY KEY); INSERT INTO updated VALUES (1), (2);
  CREATE TABLE clustered (a int); INSERT INTO clustered SELECT generate_series(1, 7);
  CREATE FUNCTION slow(a int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
    $$ BEGIN IF current_setting('test.slow', true) = 'on' THEN PERFORM pg_catalog.pg_sleep(120); END IF; RETURN a; END $$;
  CREATE INDEX by_slow ON clustered (slow(a));
  CREATE TABLE parts (id int GENERATED ALWAYS AS IDENTITY, at int DEFAULT 1, twice int GENERATED ALWAYS AS (at * 2) STORED)
    PARTITION BY RANGE (at); CREATE TABLE part1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
  CREATE TABLE serials (id serial PRIMARY KEY, a int) WITH (fillfactor = 90); INSERT INTO serials (a) VALUES (1);
  CREATE INDEX twin1 ON serials (a); CREATE INDEX twin2 ON serials (a); CREATE VIEW few AS SELECT a FROM big;
  CREATE FUNCTION noop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER watched BEFORE UPDATE ON big FOR EACH ROW EXECUTE FUNCTION noop();
  CREATE TABLE busy (a int) WITH (autovacuum_vacuum_threshold = 1, autovacuum_analyze_threshold = 1,
    autovacuum_vacuum_scale_factor = 0, autovacuum_analyze_scale_factor = 0);
  INSERT INTO busy SELECT generate_series(1, 100); DELETE FROM busy; 
  CREATE TABLE published (a int PRIMARY KEY); CREATE PUBLICATION published FOR TABLE published;
  GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO watcher`;

/** Two sessions wait for each other until the server ends one of them. */
export async function deadlock(...pair: readonly [pg.Client, pg.Client]): Promise<void> {
  const lock = (client: pg.Client, key: number): Promise<unknown> =>
    client.query(`SELECT pg_advisory_xact_lock(3, ${key})`);
  for (const [at, client] of pair.entries()) {
    await client.query('BEGIN');
    await lock(client, at);
  }
  await Promise.allSettled(pair.map((client, at) => lock(client, 1 - at)));
  for (const client of pair) await client.query('ROLLBACK');
}

/** Leaves a slot behind whose WAL is gone. */
async function invalidate(server: DevPostgres): Promise<void> {
  const sql = (text: string): Promise<unknown> => server.sql(text);
  await sql(`SELECT pg_create_physical_replication_slot('lost', true)`);
  await sql(`ALTER SYSTEM SET max_slot_wal_keep_size = 0`);
  await sql('SELECT pg_reload_conf()');
  for (let segment = 0; segment < 3; segment++) await sql('SELECT pg_switch_wal(), txid_current()');
  await sql('CHECKPOINT');
  await sql(`ALTER SYSTEM RESET max_slot_wal_keep_size`);
  await sql('SELECT pg_reload_conf()');
}

/**
 * Starts a server whose sessions vacuum, copy, wait for each other, replicate and fail, all of that without an end, so
 * that a reader sees it whenever it looks.
 */
export async function startEventful(
  major: number,
  options: Pick<PostgresOptions, 'version' | 'binaries'>,
): Promise<EventfulServer> {
  const primary = await startPostgres({ ...options, settings: settings(major) });
  const clients: pg.Client[] = [];
  const running: Promise<unknown>[] = [];
  const ends: (() => Promise<unknown>)[] = [];
  const connect = async (more: object = {}): Promise<pg.Client> => {
    const { host, port, user } = primary;
    const client = new pg.Client({ host, port, user, database: 'postgres', ...more });
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  };
  const start = async (before: string, endless: string, more: object = {}): Promise<void> => {
    const client = await connect({ application_name: 'eventful', ...more });
    if (before !== '') await client.query(before);
    running.push(client.query(endless).catch(() => undefined));
  };
  const waiting = (query: string): Promise<void> =>
    vi.waitFor(
      async () => {
        const found = await primary.sql(
          `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '${query}%'`,
        );
        expect(found).not.toStrictEqual([]);
      },
      { timeout: 20_000, interval: 50 },
    );
  const stop = async (): Promise<void> => {
    for (const end of ends.reverse()) await end();
    await Promise.all(running);
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
  };
  ends.push(() => primary.stop());
  try {
    await primary.sql(objects(major));
    await primary.sql('CREATE DATABASE subscriber CONNECTION LIMIT 20');
    await primary.sql(`ALTER DATABASE subscriber SET work_mem = '7MB'`);
    await invalidate(primary);
    await primary.sql('SELECT pg_switch_wal(), pg_stat_reset()');
    await primary.sql('CREATE TABLE published (a int PRIMARY KEY)', 'subscriber');
    await primary.sql(`SELECT pg_create_logical_replication_slot('subscribed', 'pgoutput')`);
    await primary.sql(
      `CREATE SUBSCRIPTION subscribed CONNECTION 'host=${primary.socketDirectory} port=${primary.port} user=postgres dbname=postgres'
         PUBLICATION published WITH (create_slot = false, slot_name = 'subscribed')`,
      'subscriber',
    );
    await primary.sql(
      `SELECT pg_create_physical_replication_slot(name, true) FROM unnest('{unused,streamed}'::name[]) name`,
    );
    const standby = await startStandby(primary, {
      settings: { ...settings(major), primary_slot_name: 'streamed', archive_mode: 'off' },
    });
    ends.push(() => standby.stop());
    const workload = await startWorkload(primary, { ratePerS: 30 });
    ends.push(() => workload.stop());

    const slowly = `SET vacuum_cost_delay = '100ms'; SET vacuum_cost_limit = 1; SET vacuum_cost_page_hit = 100`;
    await start(slowly, 'VACUUM vacuumed');
    await start(slowly, 'ANALYZE analyzed');
    await primary.sql(
      `CREATE TABLE prevented WITH (autovacuum_enabled = off) AS TABLE big; DELETE FROM prevented`,
    );
    await start('', `COPY copied FROM PROGRAM 'echo 1; echo 2; sleep 120'`);
    await start('', 'COPY (SELECT pg_sleep(120)) TO STDOUT');
    await start(
      `SET test.slow = 'on'; SET seq_page_cost = 100000`,
      'CLUSTER clustered USING by_slow',
    );
    await start(
      '',
      `BASE_BACKUP ${major >= 15 ? `(PROGRESS, CHECKPOINT 'fast', MAX_RATE 32)` : 'PROGRESS FAST MAX_RATE 32'}`,
      { replication: 'true' },
    );
    await (await connect()).query('BEGIN; INSERT INTO indexed VALUES (1)');
    await start('', 'CREATE INDEX CONCURRENTLY by_a ON indexed (a)');

    await (
      await connect({ application_name: 'eventful' })
    ).query('BEGIN; SELECT count(*) FROM altered; SELECT txid_current()');
    await start('', 'ALTER TABLE altered ADD b int');
    await (
      await connect()
    ).query(`BEGIN; UPDATE updated SET a = 3 WHERE a = 1; PREPARE TRANSACTION 'left behind'`);
    await start('', 'UPDATE updated SET a = 4 WHERE a = 1');
    await waiting('UPDATE updated SET a = 4');
    await start('', 'UPDATE updated SET a = 5 WHERE a = 1');
    await (await connect()).query('SELECT pg_advisory_lock(1, 2)');
    await start('', 'SELECT pg_advisory_lock(1, 2)');
    await waiting('ALTER TABLE altered');
    await writeFile(join(primary.dataDirectory, 'archive'), '');
    await primary.sql('INSERT INTO published VALUES (1)');
    await primary.sql('VACUUM ANALYZE big');
    await primary.sql(`LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_analyze = on;
      SELECT count(*) FROM updated WHERE a = 1; SELECT pg_sleep(0.3)`);
    await primary.sql(`DO $$ BEGIN EXECUTE 'SELEKT 1'; END $$`).catch(() => undefined);
    await primary.sql('SELECT 1 / (a - a) FROM updated').catch(() => undefined);
    await deadlock(await connect(), await connect());
    if (major >= 14) await primary.sql(`SELECT pg_stat_reset_replication_slot('subscribed')`);
    if (major >= 15)
      await primary.sql('SELECT pg_stat_reset_subscription_stats(NULL)', 'subscriber');
    await primary.sql('SELECT pg_stat_reset()', 'subscriber');
    await vi.waitFor(
      async () => {
        const rows = await primary.sql(
          `SELECT FROM pg_stat_user_tables WHERE last_autovacuum + (last_autoanalyze - last_autoanalyze) IS NOT NULL`,
        );
        expect(rows).not.toStrictEqual([]);
      },
      { timeout: 20_000, interval: 50 },
    );
    return { primary, standby, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
