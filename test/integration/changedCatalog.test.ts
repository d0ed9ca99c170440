import { beforeAll, describe, expect, it } from 'vitest';
import { observe, watcherRole } from '../support/observed.ts';
import { withPostgres } from '../support/postgres.ts';

const dev = withPostgres({ settings: { allow_system_table_mods: 'on' } });
beforeAll(async () => {
  await dev().sql(watcherRole);
  await dev().sql('CREATE EXTENSION pg_stat_statements');
});

describe('a server whose catalog is not as its version says', { timeout: 60_000 }, () => {
  it('costs only what was renamed or revoked', async () => {
    await dev()
      .sql(`ALTER VIEW pg_catalog.pg_stat_bgwriter RENAME COLUMN maxwritten_clean TO renamed;
      ALTER VIEW pg_catalog.pg_stat_database RENAME COLUMN deadlocks TO renamed;
      ALTER VIEW pg_catalog.pg_stat_database RENAME COLUMN stats_reset TO renamed_reset;
      ALTER VIEW pg_catalog.pg_stat_database RENAME COLUMN numbackends TO renamed_backends;
      ALTER VIEW pg_catalog.pg_stat_database RENAME COLUMN blks_hit TO renamed_hit;
      REVOKE EXECUTE ON FUNCTION pg_stat_get_wal() FROM PUBLIC;
      REVOKE EXECUTE ON FUNCTION pg_stat_get_archiver() FROM PUBLIC`);
    const agent = observe(dev());
    const types = [
      'pg_health',
      'pg_stats',
      'pg_global',
      'pg_query_stats',
      'pg_locks',
      'pg_cache',
      'pg_replication',
    ];
    await agent.until(() => {
      for (const type of types) expect(agent.metrics(type).length, type).toBeGreaterThan(1);
    });
    expect(agent.metrics('pg_stats').at(-1)).toMatchObject({ deadlocks: null });
    expect(agent.metrics('pg_stats').at(-1)?.['transactions_committed']).toBeGreaterThan(0);
    expect(agent.metrics('pg_locks').at(-1)).toMatchObject({
      deadlocks: null,
      deadlocks_by_database: null,
      stats_epoch: expect.any(String) as string,
    });
    const [hits] = agent.metrics('pg_cache').at(-1)?.['databases'] as Record<string, unknown>[];
    expect(hits).toMatchObject({ blks_hit: null, blks_read: expect.any(Number) as number });
    const global = agent.metrics('pg_global').at(-1);
    expect(global).toMatchObject({
      bgwriter: { maxwritten_clean: null },
      wal: { wal_records: null },
      archiver: { archived_count: null },
    });
    expect((global?.['bgwriter'] as Record<string, unknown>)['buffers_alloc']).toBeGreaterThan(0);
    expect((global?.['checkpointer'] as Record<string, unknown>)['num_timed']).not.toBeNull();
    expect(agent.metrics('pg_replication').at(-1)).toMatchObject({ wal_archive_failing: null });
    const units = new Set(types.map((type) => `main/${type}`));
    expect(
      agent.entries.filter((entry) => entry.at === 'trouble' && units.has(entry.unit)),
    ).toEqual([]);
  });

  it('is read anew when they change under a running agent', async () => {
    const agent = observe(dev());
    await agent.until(() => expect(agent.metrics('pg_stats').length).toBeGreaterThan(1));
    await dev().sql(
      'ALTER VIEW pg_catalog.pg_stat_database RENAME COLUMN conflicts TO renamed_too',
    );
    const before = agent.metrics('pg_stats').length;
    await agent.until(() => {
      expect(
        agent
          .metrics('pg_stats')
          .slice(before)
          .some(({ conflicts }) => conflicts === null),
      ).toBe(true);
    });
    expect(agent.troubles().some((text) => text.includes('conflicts'))).toBe(true);
  });
});
