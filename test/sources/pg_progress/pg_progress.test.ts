import pg from 'pg';
import { of } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstValueFrom } from 'rxjs';
import type { Row } from '../../../src/ports/server.ts';
import { pgProgress } from '../../../src/sources/pg_progress/pg_progress.ts';
import { withPostgres } from '../../support/postgres.ts';
import { type Fields, type Reading, readUntil, rowsOf } from '../../support/readings.ts';
import { fakeServer, serverContext } from '../../support/serverContext.ts';

const server = withPostgres();
const newest = ({ metrics }: Reading) => metrics.at(-1);
const pidOf = (client: pg.Client): number => (client as unknown as { processID: number }).processID;
const read = async (user: string, enough: (metric: Fields) => boolean): Promise<Fields> => {
  const reading = await readUntil(
    pgProgress,
    server(),
    { connection: { user }, settings: { interval: 1 } },
    (so) => newest(so) !== undefined && enough(newest(so)!),
  );
  expect(reading.troubles).toStrictEqual([]);
  return newest(reading)!;
};

describe('pg_progress', () => {
  const clients: pg.Client[] = [];
  const running: Promise<unknown>[] = [];
  const connect = async (more: object = {}): Promise<pg.Client> => {
    const { socketDirectory: host, port, user } = server();
    const client = new pg.Client({ host, port, user, database: 'postgres', ...more });
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  };
  const pids: Record<string, number> = {};
  beforeAll(async () => {
    await server().sql(
      `CREATE TABLE big (a int, b text); INSERT INTO big SELECT n, repeat('x', 500) FROM generate_series(1, 3000) n;
       DELETE FROM big WHERE a % 2 = 0; CREATE TABLE analyzed AS TABLE big; CREATE TABLE copied (a int);
       CREATE TABLE indexed (a int); CREATE TABLE clustered (a int); INSERT INTO clustered SELECT generate_series(1, 7);
       CREATE FUNCTION slow(a int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
         $$ BEGIN IF current_setting('test.slow', true) = 'on' THEN PERFORM pg_catalog.pg_sleep(60); END IF; RETURN a; END $$;
       CREATE INDEX by_slow ON clustered (slow(a)); CREATE ROLE watcher LOGIN IN ROLE pg_monitor; CREATE ROLE nobody LOGIN`,
    );
    const holder = await connect();
    await holder.query('BEGIN; INSERT INTO indexed VALUES (1)');
    const start = async (name: string, sql: string, before = 'SELECT 1'): Promise<void> => {
      const client = await connect();
      await client.query(before);
      pids[name] = pidOf(client);
      running.push(client.query(sql).catch(() => undefined));
    };
    const slow = `SET vacuum_cost_delay = '100ms'; SET vacuum_cost_limit = 1; SET vacuum_cost_page_hit = 100`;
    await start('vacuum', 'VACUUM big', slow);
    await start('analyze', 'ANALYZE analyzed', slow);
    await start('index', 'CREATE INDEX CONCURRENTLY by_a ON indexed (a)');
    await start('copy', `COPY copied FROM PROGRAM 'echo 1; echo 2; sleep 60'`);
    await start('cluster', 'CLUSTER clustered USING by_slow', `SET test.slow = 'on'`);
    // At the least rate that there is, in kB/s: megabytes take minutes.
    const backup = await connect({ replication: 'true' });
    pids['backup'] = pidOf(backup);
    running.push(
      backup.query(`BASE_BACKUP (PROGRESS, CHECKPOINT 'fast', MAX_RATE 32)`).catch(() => undefined),
    );
    pids['holder'] = pidOf(holder);
  });
  afterAll(async () => {
    await server().sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type IN ('client backend', 'walsender') AND pid <> pg_backend_pid()`,
    );
    await Promise.all(running);
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
  });

  it('tells how far a vacuum, an analyze, an index build and a copy are', async () => {
    const metric = await read(
      'watcher',
      (so) =>
        ['vacuum', 'analyze', 'create_index', 'copy'].every(
          (name) => rowsOf(so as never, name).length === 1,
        ) && Number(rowsOf(so as never, 'vacuum')[0]?.['heap_blks_scanned']) > 0,
    );
    const [pages] = await server().sql(
      `SELECT pg_relation_size('big') / 8192 AS blocks, (SELECT oid::int FROM pg_class WHERE relname = 'indexed') AS indexed`,
    );
    expect(rowsOf(metric as never, 'vacuum')).toMatchObject([
      {
        pid: pids['vacuum'],
        database: 'postgres',
        schema: 'public',
        relation: 'big',
        phase: 'scanning heap',
        heap_blks_total: Number(pages!['blocks']),
        max_dead_tuple_bytes: expect.any(Number) as number,
        delay_ms: null,
        wait_event: 'VacuumDelay',
        started_at: expect.stringMatching(/Z$/) as string,
      },
    ]);
    expect(rowsOf(metric as never, 'analyze')).toMatchObject([
      { pid: pids['analyze'], relation: 'analyzed' },
    ]);
    expect(rowsOf(metric as never, 'create_index')).toMatchObject([
      {
        pid: pids['index'],
        relation: 'indexed',
        relation_oid: pages!['indexed'],
        index: 'by_a',
        command: 'CREATE INDEX CONCURRENTLY',
        phase: 'waiting for writers before build',
        lockers_total: 1,
        lockers_done: 0,
        current_locker_pid: pids['holder'],
      },
    ]);
    expect(rowsOf(metric as never, 'copy')).toMatchObject([
      { pid: pids['copy'], relation: 'copied', command: 'COPY FROM', io_type: 'PROGRAM' },
    ]);
  });

  it('tells how far a CLUSTER and a base backup are', async () => {
    const metric = await read(
      'watcher',
      (so) =>
        rowsOf(so as never, 'cluster')[0]?.['phase'] === 'sorting tuples' &&
        Number(rowsOf(so as never, 'base_backup')[0]?.['backup_streamed']) > 0,
    );
    expect(rowsOf(metric as never, 'cluster')).toMatchObject([
      {
        ...{ pid: pids['cluster'], relation: 'clustered', command: 'CLUSTER' },
        // It sorts what it scanned: no index is read.
        ...{ index_oid: 0, index: null, heap_blks_total: 1, heap_blks_scanned: 1 },
        ...{ heap_tuples_scanned: 7, heap_tuples_written: 0, index_rebuild_count: 0 },
      },
    ]);
    const [backup] = rowsOf(metric as never, 'base_backup');
    expect(backup).toMatchObject({
      ...{ pid: pids['backup'], phase: 'streaming database files' },
      ...{ tablespaces_total: 1, tablespaces_streamed: 0 },
    });
    expect(backup!['backup_total']).toBeGreaterThan(1_000_000);
    expect(backup!['backup_streamed']).toBeLessThan(Number(backup!['backup_total']));
  });

  it('reads as a role without any right', async () => {
    const metric = await read('nobody', () => true);
    expect(rowsOf(metric as never, 'vacuum')).toMatchObject([
      { pid: pids['vacuum'], phase: null, heap_blks_total: null },
    ]);
  });

  it('tells before 17 the dead rows of a vacuum in bytes, and before 14 nothing of a copy', async () => {
    const sent: string[] = [];
    const gone =
      /progress_(copy|vacuum\.(max_dead_tuple_bytes|dead_tuple_bytes|num_dead_item_ids|indexes|delay))/;
    const old = fakeServer(
      ({ sql }) => {
        sent.push(sql);
        return of<readonly Row[]>([[null, null, null, null, null]]);
      },
      {},
      { has: (need) => !gone.test(need) },
    );
    const { metric } = await firstValueFrom(pgProgress.read(serverContext(pgProgress, old)));
    expect(sent[0]).toContain('(p.max_dead_tuples * 6)::text');
    expect(sent[0]).not.toContain('pg_stat_progress_copy');
    expect(metric).toMatchObject({ vacuum: [], copy: null, base_backup: [] });
  });
});
