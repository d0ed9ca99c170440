import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DevPostgres } from '../../../dev/postgres.ts';
import { startStandby } from '../../../dev/postgres/standby.ts';
import { pgGlobal } from '../../../src/sources/pg_global/pg_global.ts';
import { pgQueryStats } from '../../../src/sources/pg_query_stats/pg_query_stats.ts';
import { pgStats } from '../../../src/sources/pg_stats/pg_stats.ts';
import { withPostgres } from '../../support/postgres.ts';
import { type Reading, readUntil, rowsOf } from '../../support/readings.ts';

const primary = withPostgres({ settings: { logging_collector: 'on', log_filename: 'server.log' } });
const one = ({ metrics }: Reading) => metrics.length > 0;

describe('the statistics of a standby', () => {
  let standby: DevPostgres | undefined;
  beforeAll(async () => {
    await primary().sql(
      'CREATE EXTENSION pg_stat_statements; CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 100)',
    );
    standby = await startStandby(primary());
  });
  afterAll(() => standby?.stop());

  it('are null where a standby keeps none, and its own where it does', async () => {
    const { metrics, troubles } = await readUntil(pgStats, standby!, {}, one);
    expect(troubles).toStrictEqual([]);
    expect(metrics[0]).toMatchObject({ in_recovery: true });
    expect(rowsOf(metrics[0], 'tables')[0]).toMatchObject({
      name: 't',
      live_tuples: null,
      n_tup_ins: null,
      vacuum_count: null,
      last_autoanalyze: null,
      seq_scan: expect.any(Number) as number,
      size_bytes: expect.any(Number) as number,
    });
    expect(rowsOf(metrics[0], 'indexes')[0]).toMatchObject({
      status: null,
      scans: expect.any(Number) as number,
    });
  });

  it('have the position up to which WAL is replayed, and the identifier of the primary', async () => {
    const { metrics, troubles } = await readUntil(pgGlobal, standby!, {}, one);
    expect(troubles).toStrictEqual([]);
    const [view] = await primary().sql(
      'SELECT system_identifier::text AS id FROM pg_control_system()',
    );
    expect(metrics[0]).toMatchObject({ in_recovery: true, system_identifier: view!['id'] });
    expect(metrics[0]!['wal_position_bytes']).toBeGreaterThan(0);
  });

  it('have its own statements', async () => {
    await standby!.sql('SELECT count(*) FROM t WHERE a = 5');
    const { metrics, troubles } = await readUntil(pgQueryStats, standby!, {}, one);
    expect(troubles).toStrictEqual([]);
    expect(rowsOf(metrics[0], 'queries').map(({ text }) => text)).toContain(
      'SELECT count(*) FROM t WHERE a = $1',
    );
  });

  it('leave no error in its log', async () => {
    const { logDirectory } = standby!;
    const texts = await Promise.all(
      (await readdir(logDirectory)).map((file) => readFile(join(logDirectory, file), 'utf8')),
    );
    const errors = texts
      .join('\n')
      .split('\n')
      .filter((line) => /(ERROR|FATAL):/.test(line));
    expect(errors.filter((line) => !/starting up|not yet accepting/.test(line))).toStrictEqual([]);
  });
});
