import { firstValueFrom, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Query, Row } from '../../../src/ports/server.ts';
import { pgGlobal } from '../../../src/sources/pg_global/pg_global.ts';
import { withPostgres } from '../../support/postgres.ts';
import { type Fields, readUntil, rowsOf } from '../../support/readings.ts';
import { fakeServer, serverContext } from '../../support/serverContext.ts';

const source = pgGlobal;
const server = withPostgres({ settings: { track_io_timing: 'on' } });
const one = ({ metrics }: { metrics: readonly unknown[] }) => metrics.length > 0;

/** The statements that the source sends to a server of some version. */
async function statements(has: (need: string) => boolean): Promise<Record<string, string>> {
  const sent: Record<string, string> = {};
  const old = fakeServer(
    (query: Query) => {
      sent[query.name] = query.sql;
      return of<readonly Row[]>([[]]);
    },
    {},
    { has, systemIdentifier: null, timeline: null },
  );
  await firstValueFrom(source.read(serverContext(source, old)));
  return sent;
}

describe('pg_global', () => {
  it('says what the views of the server say', async () => {
    await server().sql('CREATE TABLE t AS SELECT generate_series(1, 1000); CHECKPOINT');
    const { metrics, troubles } = await readUntil(source, server(), {}, one);
    expect(troubles).toStrictEqual([]);
    const [metric] = metrics;
    const [checkpointer] = await server().sql('SELECT * FROM pg_stat_checkpointer');
    const [facts] = await server().sql(
      `SELECT current_setting('server_version') AS version, (SELECT system_identifier::text FROM pg_control_system()),
         max(age(datfrozenxid)) AS age, current_setting('max_connections')::int AS max FROM pg_database`,
    );
    expect(metric).toMatchObject({
      version: facts!['version'],
      system_identifier: facts!['system_identifier'],
      in_recovery: false,
      timeline: 1,
      connections: {
        client: 1,
        max_connections: facts!['max'],
        superuser_reserved: 3,
        reserved: 0,
      },
      transaction_ids: { oldest_age: facts!['age'], freeze_max_age: 200_000_000 },
      checkpointer: {
        num_requested: Number(checkpointer!['num_requested']),
        num_done: Number(checkpointer!['num_done']),
        buffers_written: Number(checkpointer!['buffers_written']),
      },
      bgwriter: { buffers_backend: null },
      archiver: { archived_count: 0, last_archived_wal: null },
      io_counts: 'operations',
    });
    expect(Number(metric!['wal_position_bytes'])).toBeGreaterThan(16_777_216);
    const wal = metric!['wal'] as Fields;
    expect([wal['wal_write_time_ms'], wal['wal_sync_time_ms']]).toStrictEqual([null, null]);
    expect(wal['wal_write']).toBeGreaterThan(0);
    expect(rowsOf(metric, 'slru').map(({ name }) => name)).toContain('transaction');
  });

  it('keeps "does not apply" and "measured as 0" apart in the rows of pg_stat_io', async () => {
    const { metrics } = await readUntil(source, server(), {}, one);
    const rows = rowsOf(metrics[0], 'io');
    const [count] = await server().sql('SELECT count(*)::int AS rows FROM pg_stat_io');
    expect(rows).toHaveLength(count!['rows'] as number);
    const of = (backend_type: string, object: string, context: string) =>
      rows.find(
        (row) =>
          row['backend_type'] === backend_type &&
          row['object'] === object &&
          row['context'] === context,
      );
    expect(of('client backend', 'relation', 'bulkread')).toMatchObject({
      extends: null,
      extend_bytes: null,
      writebacks: 0,
      read_time_ms: 0,
    });
    expect(of('checkpointer', 'relation', 'normal')!['write_bytes']).toBeGreaterThan(0);
    expect(of('client backend', 'wal', 'normal')!['write_time_ms']).toBeNull();
  });

  it('reads as a role without any right, and leaves out what that may not see', async () => {
    await server().sql('CREATE ROLE nobody LOGIN');
    const { metrics, troubles } = await readUntil(
      source,
      server(),
      { connection: { user: 'nobody' } },
      one,
    );
    expect(troubles).toStrictEqual([]);
    expect(metrics[0]!['connections']).toMatchObject({
      client: null,
      active: null,
      max_connections: 50,
    });
  });

  it('asks version 13 only for what it has', async () => {
    const gone = ['pg_stat_checkpointer', 'pg_stat_wal', 'pg_stat_io'];
    const sent = await statements((need) => !gone.some((view) => need.startsWith(view)));
    expect(Object.keys(sent)).toStrictEqual(['pg_global/server', 'pg_global/slru']);
    expect(sent['pg_global/server']).toContain('b.checkpoints_timed');
    for (const view of gone)
      expect(sent['pg_global/server']).not.toMatch(new RegExp(`\\b${view}\\b`));
    expect(sent['pg_global/server']).not.toMatch(/\b[cw]\./);
  });

  it('computes bytes from blocks on versions that count blocks', async () => {
    const sent = await statements((need) => !/^pg_stat_io\.(read|write|extend)_bytes$/.test(need));
    expect(sent['pg_global/io']).toContain('reads * op_bytes');
    expect(sent['pg_global/server']).toContain('w.wal_write_time');
  });

  it('calls the caches by the names of 17', async () => {
    const old = fakeServer(
      ({ name }: Query) => of<readonly Row[]>([name === 'pg_global/slru' ? ['Xact', '1'] : []]),
      {},
      { systemIdentifier: null, timeline: null },
    );
    const { metric } = await firstValueFrom(source.read(serverContext(source, old)));
    expect(rowsOf(metric, 'slru')[0]).toMatchObject({ name: 'transaction', blks_zeroed: 1 });
  });
});
