import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ServerFacts } from '../../src/postgres/facts.ts';
import type { Query } from '../../src/ports/server.ts';
import { probe } from '../../src/sources/probe.ts';
import { openServer } from '../support/openServer.ts';
import { withPostgres } from '../support/postgres.ts';
import { connectionSettings } from '../support/serverContext.ts';

const dev = withPostgres();
const facts = (
  set: Partial<Parameters<typeof connectionSettings>[0]> = {},
): Promise<ServerFacts> => {
  const settings = connectionSettings({ host: dev().host, port: dev().port, ...set });
  return firstValueFrom(probe(openServer(settings).server.query, settings));
};

describe('probe', () => {
  it('tells what the server is', async () => {
    const found = await facts();
    const [control] = await dev().sql(
      `SELECT system_identifier::text AS id, pg_postmaster_start_time() AS started FROM pg_control_system()`,
    );
    expect(found).toMatchObject({
      versionNum: 180004,
      version: '18.4',
      inRecovery: false,
      systemIdentifier: control?.['id'],
      timeline: 1,
      blockSize: 8192,
      database: 'postgres',
      dataDirectory: dev().dataDirectory,
    });
    expect(Math.abs(Date.parse(found.startedAt) - Number(control?.['started']))).toBeLessThan(2);
    expect(found.setting('max_connections')).toBe('50');
    expect([found.isOn('track_counts'), found.isOn('track_io_timing')]).toEqual([true, false]);
  });

  it('tells what there is on this version', async () => {
    const { has } = await facts();
    const there = [
      'pg_stat_io.read_bytes',
      'pg_stat_checkpointer',
      'pg_stat_get_wal()',
      'pg_database.datlocale',
    ];
    const gone = [
      'pg_stat_io.op_bytes',
      'pg_stat_wal.wal_write',
      'pg_stat_bgwriter.buffers_backend',
      'nothing',
    ];
    expect(there.filter((need) => !has(need))).toEqual([]);
    expect(gone.filter(has)).toEqual([]);
  });

  it.each([
    ['superuser', { superuser: true, monitor: true }, true],
    ['pg_monitor', { superuser: false, monitor: true }, true],
    ['plain', { superuser: false, monitor: false }, false],
  ])('tells what the role may, and fails for none: %s', async (kind, role, sees) => {
    const user = kind === 'superuser' ? 'postgres' : `role_${kind}`;
    const member = kind === 'pg_monitor' ? 'IN ROLE pg_monitor' : '';
    if (user !== 'postgres') await dev().sql(`CREATE ROLE ${user} LOGIN ${member}`);
    const found = await facts({ user });
    expect(found.role).toEqual({ name: user, ...role });
    expect(found.dataDirectory !== null).toBe(sees);
  });

  it('reads on without the control functions where they are closed to the role', async () => {
    await dev().sql(
      'REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC; CREATE ROLE shut LOGIN',
    );
    expect(await facts({ user: 'shut' })).toMatchObject({ systemIdentifier: null, timeline: null });
  });

  it('knocks at no database that is not there or is closed to the role', async () => {
    await dev().sql('CREATE ROLE outsider LOGIN');
    await dev().sql('CREATE DATABASE closed');
    await dev().sql('REVOKE CONNECT ON DATABASE closed FROM PUBLIC');
    const settings = connectionSettings({
      host: dev().host,
      port: dev().port,
      user: 'outsider',
      databases: ['closed', 'nowhere', 'template1'],
    });
    const { server } = openServer(settings);
    const entered: (string | undefined)[] = [];
    function query(asked: Query) {
      if (asked.lane === 'database') entered.push(asked.database);
      return server.query(asked);
    }
    expect((await firstValueFrom(probe(query, settings))).statements).toBeNull();
    expect(entered).toEqual([]);
  });

  it('finds pg_stat_statements where it is, and calls no impostor', async () => {
    await dev().sql('CREATE TABLE pg_stat_statements (fake int)');
    expect(await facts()).toMatchObject({ statements: null });
    await dev().sql('CREATE DATABASE shop');
    await dev().sql('CREATE DATABASE latin ENCODING LATIN1 TEMPLATE template0');
    await dev().sql('CREATE EXTENSION pg_stat_statements', 'latin');
    expect(await facts({ databases: ['latin'] })).toMatchObject({
      statements: null,
      statementsUnavailable: expect.stringContaining('LATIN1') as string,
    });
    await dev().sql(
      `CREATE SCHEMA "My Schema"; CREATE EXTENSION pg_stat_statements SCHEMA "My Schema"`,
      'shop',
    );
    for (const databases of [['latin', 'shop'], ['*']]) {
      const { statements, has } = await facts({ databases });
      expect(statements).toMatchObject({
        database: 'shop',
        schema: '"My Schema"',
        version: '1.12',
      });
      expect([has('pg_stat_statements.toplevel'), has('pg_stat_statements.fake')]).toEqual([
        true,
        false,
      ]);
      expect(statements?.columns).toHaveLength(52);
    }
  });
});
