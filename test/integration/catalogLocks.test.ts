import { beforeAll, expect, it } from 'vitest';
import { logged } from '../support/logged.ts';
import { observe, watcherRole } from '../support/observed.ts';
import { withPostgres } from '../support/postgres.ts';

const dev = withPostgres({
  settings: { logging_collector: 'on', log_filename: 'server.log', log_line_prefix: '%u ' },
});
beforeAll(async () => {
  await dev().sql(`${watcherRole}; CREATE EXTENSION pg_stat_statements`);
});

it('a catalog that is locked for long costs one line in the log per query, not one per tick', async () => {
  const agent = observe(dev());
  const rounds = (type: string): number => agent.metrics(type).length;
  await agent.until(() => expect(rounds('pg_global')).toBeGreaterThan(1));
  const holder = await dev().connect();
  await holder.query('BEGIN; LOCK TABLE pg_authid, pg_database');
  const before = { replication: rounds('pg_replication'), refused: agent.troubles().length };
  await agent.until(() => {
    // Five reads of what needs neither, and ticks of the others as well.
    expect(rounds('pg_replication')).toBeGreaterThan(before.replication + 4);
    const refused = agent.troubles().slice(before.refused);
    const names = refused.filter((each) => each.startsWith('pg_global/server is not asked while'));
    expect(names.length).toBeGreaterThan(1);
  });
  await holder.end();
  const lines = await logged(dev());
  const errors = lines.filter((line) => line.includes('lock timeout'));
  // The statement stands behind its error; others are of reads that were cancelled because one beside them had failed.
  const statements = lines.flatMap((line, index) =>
    line.includes('lock timeout')
      ? [lines.slice(index).find((each) => /^watcher STATEMENT/.test(each))]
      : [],
  );
  expect(errors.length).toBeGreaterThan(0);
  // Once each, and most of them not at all.
  expect(new Set(statements).size).toBe(statements.length);
  expect(errors.length).toBeLessThan(8);

  const read = rounds('pg_global');
  await agent.until(() => expect(rounds('pg_global')).toBeGreaterThan(read + 1));
  expect((await logged(dev())).filter((line) => line.includes('lock timeout'))).toEqual(errors);
}, 120_000);
