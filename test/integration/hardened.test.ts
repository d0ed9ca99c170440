import { NEVER, lastValueFrom, toArray } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { serverFindings } from '../../src/commands/check/serverFindings.ts';
import { postgres } from '../../src/io/postgres/postgres.ts';
import { OtherClocks } from '../../src/streams/agent/otherClocks.ts';
import { serverSources, watch } from '../matrix/watch.ts';
import { complaints, roles, watchedSettings } from '../matrix/watchedServer.ts';
import { fakeHost } from '../support/hostContext.ts';
import { withPostgres } from '../support/postgres.ts';
import { connectionSettings } from '../support/serverContext.ts';

const server = withPostgres({ settings: watchedSettings });
beforeAll(async () => {
  await server().sql(`CREATE EXTENSION pg_stat_statements; ${roles}; CREATE TABLE t (a serial)`);
});

/** What is read without the list of databases. */
const readable = new Set(
  'host_inventory pg_activity pg_event pg_health pg_locks pg_processes pg_progress pg_replication'.split(
    ' ',
  ),
);

/** Rights that a hardened server takes from everybody, and the sources that have nothing to read without them. */
const revoked: readonly { readonly right: string; readonly costs: readonly string[] }[] = [
  { right: 'EXECUTE ON FUNCTION pg_postmaster_start_time()', costs: [] },
  {
    right: 'EXECUTE ON FUNCTION pg_stat_get_activity(integer)',
    costs: ['pg_activity', 'pg_connections', 'pg_locks', 'pg_processes'],
  },
  {
    right: 'SELECT ON pg_database',
    costs: serverSources
      .filter(({ follows }) => !follows)
      .map(({ type }) => type)
      .filter((type) => !readable.has(type)),
  },
];

/** What `check` says of the server. */
async function checked(): Promise<string> {
  const { host, port } = server();
  const settings = connectionSettings({ host, port, user: 'watcher' });
  const findings$ = serverFindings(
    settings,
    {
      postgres: postgres({ readSecret: () => NEVER as never, passFile: null }),
      host: fakeHost({}),
    },
    undefined,
    new OtherClocks(),
  );
  return JSON.stringify(await lastValueFrom(findings$.pipe(toArray())));
}

describe.each(revoked)('where nobody has $right', ({ right, costs }) => {
  it('reads what does not need it, says once what to grant for the rest, and asks no more', async () => {
    const before = (await complaints(server())).length;
    await server().sql(`REVOKE ${right} FROM PUBLIC`);
    const seen = watch(server(), { connection: { user: 'watcher', databases: ['postgres'] } });
    const read = serverSources.filter(({ type, follows }) => !follows && !costs.includes(type));
    await seen.until(() => {
      const missing = read.filter(({ type }) => seen.count(type) === 0);
      expect(missing.map(({ type }) => type)).toStrictEqual([]);
      expect(seen.count('pg_health')).toBeGreaterThan(3);
      const said = costs.filter((type) => seen.troubles.some((text) => text.startsWith(type)));
      expect(said).toStrictEqual(costs);
    });
    const grant = `GRANT ${right} TO watcher`;
    expect(seen.troubles.filter((text) => !text.includes(grant))).toStrictEqual([]);
    const told = await checked();
    expect(told.replaceAll('pg_catalog.', '')).toContain(`GRANT ${right} TO`);

    // What failed is not asked again, however often its turn comes; on a busy machine some is asked for the first time late.
    let failed = -1;
    for (let round = 0; ; round++) {
      const { length } = await complaints(server());
      if (length === failed) break;
      expect(round).toBeLessThan(8);
      failed = length;
      seen.clear();
      await seen.until(() => expect(seen.count('pg_health')).toBeGreaterThan(2));
    }
    await seen.stop();
    await server().sql(`GRANT ${right} TO PUBLIC`);
    const lines = await complaints(server());
    expect(lines.slice(before).filter((line) => !line.includes('permission denied'))).toEqual([]);
  });
});
