import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type pg from 'pg';
import { pgConnections } from '../../../src/sources/pg_connections/pg_connections.ts';
import { withPostgres } from '../../support/postgres.ts';
import { type Reading, readUntil, rowsOf } from '../../support/readings.ts';

const server = withPostgres({ settings: { max_connections: 20, reserved_connections: 2 } });
const one = ({ metrics }: Reading) => metrics.length > 0;
const read = async (user: string) => {
  const { metrics, troubles } = await readUntil(
    pgConnections,
    server(),
    { connection: { user } },
    one,
  );
  expect(troubles).toStrictEqual([]);
  return metrics[0]!;
};

describe('pg_connections', () => {
  const clients: pg.Client[] = [];
  beforeAll(async () => {
    await server().sql(
      `CREATE ROLE app LOGIN CONNECTION LIMIT 4; CREATE ROLE spare LOGIN CONNECTION LIMIT 7;
       CREATE ROLE watcher LOGIN IN ROLE pg_monitor; CREATE ROLE nobody LOGIN`,
    );
    await server().sql('CREATE DATABASE shop CONNECTION LIMIT 10');
    for (let client = 0; client < 3; client++) clients.push(await server().connect('shop', 'app'));
    await clients[0]?.query('BEGIN');
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()));
  });

  it('counts sessions against the limits of server, databases and roles', async () => {
    const metric = await read('watcher');
    expect(metric).toMatchObject({
      max_connections: 20,
      superuser_reserved: 3,
      reserved: 2,
      connections: 4,
      available: 11,
      used_percent: 26.67,
      active: 1,
      idle: 2,
      idle_in_transaction: 1,
      truncated: false,
      total: 5,
    });
    expect(rowsOf(metric, 'databases')).toEqual([
      { database: 'shop', limit: 10, connections: 3, used_percent: 30 },
      { database: 'postgres', limit: null, connections: 1, used_percent: null },
    ]);
    expect(rowsOf(metric, 'roles')).toEqual([
      { role: 'app', limit: 4, connections: 3, used_percent: 75 },
      { role: 'watcher', limit: null, connections: 1, used_percent: null },
      { role: 'spare', limit: 7, connections: 0, used_percent: 0 },
    ]);
  });

  it('counts as a role without any right as well, but for what they do', async () => {
    const metric = await read('nobody');
    expect(metric).toMatchObject({ connections: 4, available: 11, active: null, idle: null });
    expect(rowsOf(metric, 'roles')[0]).toMatchObject({ role: 'app', connections: 3 });
  });
});
