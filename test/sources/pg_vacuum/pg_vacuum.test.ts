import { beforeAll, describe, expect, it, vi } from 'vitest';
import { pgVacuum } from '../../../src/sources/pg_vacuum/pg_vacuum.ts';
import { withPostgres } from '../../support/postgres.ts';
import { type Reading, readUntil, rowsOf } from '../../support/readings.ts';

const server = withPostgres({
  settings: { autovacuum: 'off', autovacuum_vacuum_max_threshold: 5000 },
});
const some = ({ metrics, troubles }: Reading) => metrics.length + troubles.length > 0;
const tables: Readonly<Record<string, string>> = {
  quiet: `CREATE TABLE quiet (a int); INSERT INTO quiet SELECT generate_series(1, 40)`,
  deleted: `CREATE TABLE deleted (a int); INSERT INTO deleted SELECT generate_series(1, 1000);
    ANALYZE deleted; DELETE FROM deleted WHERE a <= 300`,
  grown: `CREATE TABLE grown (a int); INSERT INTO grown SELECT generate_series(1, 1100); ANALYZE grown`,
  changed: `CREATE TABLE changed (a int); INSERT INTO changed SELECT generate_series(1, 1000); ANALYZE changed;
    UPDATE changed SET a = -a WHERE a <= 160`,
  own: `CREATE TABLE own (a int) WITH (autovacuum_vacuum_threshold = '10', autovacuum_vacuum_scale_factor = 0,
      autovacuum_vacuum_insert_threshold = -1, autovacuum_analyze_threshold = 2000000);
    INSERT INTO own SELECT generate_series(1, 2000); ANALYZE own; DELETE FROM own WHERE a <= 11`,
  spared: `CREATE TABLE spared (a int) WITH (autovacuum_enabled = off);
    INSERT INTO spared SELECT generate_series(1, 5000)`,
  capped: `CREATE TABLE capped (a int) WITH (autovacuum_vacuum_scale_factor = 10, autovacuum_vacuum_max_threshold = 70);
    INSERT INTO capped SELECT generate_series(1, 500); ANALYZE capped; DELETE FROM capped WHERE a <= 71`,
  old: `CREATE TABLE old (a int) WITH (autovacuum_freeze_max_age = 100000, autovacuum_enabled = false)`,
  toasted: `CREATE TABLE toasted (a text) WITH (autovacuum_vacuum_insert_threshold = 7, toast.autovacuum_vacuum_threshold = 9)`,
};

describe('pg_vacuum', () => {
  beforeAll(async () => {
    await server().sql('CREATE EXTENSION pg_stat_statements; CREATE ROLE nobody LOGIN');
    for (const statement of Object.values(tables)) await server().sql(statement);
    await server().sql('SELECT pg_stat_force_next_flush()');
  });

  it('computes thresholds from settings and from what tables set for themselves', async () => {
    const { metrics, troubles } = await readUntil(pgVacuum, server(), {}, some);
    expect(troubles).toStrictEqual([]);
    const [metric] = metrics;
    expect(metric).toMatchObject({ database: 'postgres', autovacuum: false, track_counts: true });
    const of = (name: string) => rowsOf(metric, 'tables').find((row) => row['name'] === name);
    expect(of('deleted')).toMatchObject({
      kind: 'table',
      dead_tuples: 300,
      vacuum_threshold: 250,
      insert_threshold: 1200,
      analyze_threshold: 150,
      freeze_max_age: 200_000_000,
      multixact_freeze_max_age: 400_000_000,
      next: 'vacuum_and_analyze',
      reason: 'dead_tuples',
      prevented_by: 'autovacuum',
      autovacuum_enabled: true,
      last_autovacuum: null,
      last_analyze: expect.stringMatching(/Z$/) as string,
    });
    expect(of('own')).toMatchObject({ vacuum_threshold: 10, insert_threshold: null, urgency: 1.1 });
    expect(of('capped')).toMatchObject({ vacuum_threshold: 70, dead_tuples: 71 });
    expect(of('spared')).toMatchObject({ autovacuum_enabled: false });
    expect(of('old')).toMatchObject({ freeze_max_age: 100_000, next: null });
    const toast = rowsOf(metric, 'tables').find((row) => row['toast_of'] === 'public.toasted');
    // Options of its own: then none of its table.
    expect(toast).toMatchObject({
      kind: 'toast',
      vacuum_threshold: 9,
      insert_threshold: 1000,
      analyze_threshold: null,
    });
    const urgencies = rowsOf(metric, 'tables').map(({ urgency }) => Number(urgency));
    expect(urgencies).toStrictEqual([...urgencies].sort((a, b) => b - a));
    expect(metric!['tables_total']).toBe(urgencies.length);
    const misjudged = rowsOf(metric, 'tables').filter(
      ({ urgency, next }) => Number(urgency) > 1 !== (next !== null),
    );
    expect(misjudged).toStrictEqual([]);
  });

  it('foretells as an unprivileged role what autovacuum then does, table by table', async () => {
    const { metrics } = await readUntil(
      pgVacuum,
      server(),
      { connection: { user: 'nobody' } },
      some,
    );
    const foretold = new Map(
      rowsOf(metrics[0], 'tables').map((row) => [
        row['name'],
        row['autovacuum_enabled'] === false && row['reason'] !== 'wraparound' ? null : row['next'],
      ]),
    );
    await server().sql('ALTER SYSTEM SET autovacuum = on');
    await server().sql(`ALTER SYSTEM SET autovacuum_naptime = '1s'`);
    await server().sql('SELECT pg_reload_conf()');
    const done = async () => {
      const rows = await server().sql(
        'SELECT relname, autovacuum_count > 0 AS vacuumed, autoanalyze_count > 0 AS analyzed FROM pg_stat_user_tables',
      );
      return new Map(
        rows.map(({ relname, vacuumed, analyzed }) => [
          relname,
          vacuumed === true
            ? analyzed === true
              ? 'vacuum_and_analyze'
              : 'vacuum'
            : analyzed === true
              ? 'analyze'
              : null,
        ]),
      );
    };
    const expected = new Map(Object.keys(tables).map((name) => [name, foretold.get(name)]));
    await vi.waitFor(async () => expect(await done()).toStrictEqual(expected), {
      timeout: 15_000,
      interval: 200,
    });
    expect(Object.fromEntries(expected)).toStrictEqual({
      quiet: null,
      deleted: 'vacuum_and_analyze',
      grown: 'analyze',
      changed: 'analyze',
      own: 'vacuum',
      spared: null,
      capped: 'vacuum_and_analyze',
      old: null,
      toasted: null,
    });
  });

  it('lists the most urgent and those with the oldest ids, and says how many there are', async () => {
    const { metrics } = await readUntil(pgVacuum, server(), { settings: { max_tables: 1 } }, some);
    const listed = rowsOf(metrics[0], 'tables').length;
    expect(listed).toBeLessThanOrEqual(11);
    expect(metrics[0]).toMatchObject({ truncated: true });
    expect(metrics[0]!['total']).toBeGreaterThan(listed);
  });
});
