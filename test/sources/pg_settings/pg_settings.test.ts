import { describe, expect, it } from 'vitest';
import { firstValueFrom } from 'rxjs';
import type { Json } from '../../../src/schema/json.ts';
import { pgSettings } from '../../../src/sources/pg_settings/pg_settings.ts';
import { held } from '../../support/hostContext.ts';
import { withPostgres } from '../../support/postgres.ts';
import { type Fields, type Reading, readUntil, rowsOf } from '../../support/readings.ts';
import { serverContext, withServer } from '../../support/serverContext.ts';

const server = withPostgres({
  settings: { work_mem: '5MB', restore_command: 'cp /secret/%f %p' },
});
const some = ({ metrics, troubles }: Reading) => metrics.length + troubles.length > 0;
const named = (rows: readonly Fields[], name: string): Fields | undefined =>
  rows.find((row) => row['name'] === name);

/** The first sample of the source with a mark of an earlier run. */
const sampleWith = (mark: Json | undefined) =>
  firstValueFrom(
    withServer(server(), {}, (monitored) =>
      pgSettings.read(serverContext(pgSettings, monitored, { durable$: held(mark) })),
    ),
  );

describe('pg_settings', () => {
  it('lists what is not at its default, with where it comes from', async () => {
    await server().sql(`CREATE ROLE app LOGIN; ALTER ROLE app SET statement_timeout = '7s';
      ALTER ROLE app IN DATABASE postgres SET "acme.key" = 'secret'; ALTER DATABASE postgres SET jit = off`);
    const { metrics, troubles } = await readUntil(pgSettings, server(), {}, some);
    expect(troubles).toStrictEqual([]);
    const settings = rowsOf(metrics[0], 'settings');
    expect(named(settings, 'work_mem')).toStrictEqual({
      name: 'work_mem',
      value: '5120',
      value_hash: null,
      unit: 'kB',
      default: '4096',
      source: 'configuration file',
      context: 'user',
      file: expect.stringMatching(/postgresql.conf$/) as string,
      line: expect.any(Number) as number,
      pending_restart: false,
    });
    expect(named(settings, 'maintenance_work_mem')).toBeUndefined();
    expect(rowsOf(metrics[0], 'overrides')).toMatchObject([
      { database: null, role: 'app', name: 'statement_timeout', value: '7s' },
      { database: 'postgres', role: null, name: 'jit', value: 'off' },
      { database: 'postgres', role: 'app', name: 'acme.key', value: null },
    ]);
    expect(metrics[0]!['not_seen']).toContain('statement_timeout');
    expect(named(settings, 'statement_timeout')).toBeUndefined();
  });

  it.each(['postgres', 'app'])('sends as %s a keyed hash of what may be secret', async (user) => {
    const { metrics } = await readUntil(pgSettings, server(), { connection: { user } }, some);
    const settings = rowsOf(metrics[0], 'settings');
    expect(named(settings, 'restore_command')).toMatchObject({
      value: null,
      default: null,
      value_hash: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
    });
    expect(JSON.stringify(metrics)).not.toContain('secret');
  });

  it('tells changes as events, a reload and an override alike, and says nothing at first', async () => {
    let changed: Promise<unknown> | undefined;
    const change = async () => {
      await server().sql(`ALTER SYSTEM SET work_mem = '6MB'`);
      await server().sql(`ALTER SYSTEM SET restore_command = 'false secret'`);
      await server().sql(`ALTER SYSTEM SET max_connections = 60`);
      await server().sql(`ALTER ROLE app RESET statement_timeout; SELECT pg_reload_conf()`);
    };
    const { metrics } = await readUntil(
      pgSettings,
      server(),
      { settings: { interval: 1 } },
      (reading) => {
        changed ??= change();
        return reading.metrics.filter(({ type }) => type === 'pg_event').length >= 3;
      },
    );
    await changed;
    const events = metrics.filter(({ type }) => type === 'pg_event');
    const told = (object: string) => events.find((event) => event['object'] === object);
    expect(metrics[0]!.type).toBe('pg_settings');
    expect(told('work_mem')).toMatchObject({
      event: 'setting_changed',
      before: '5120 kB',
      after: '6144 kB',
      happened_at: expect.stringMatching(/Z$/) as string,
    });
    expect(told('restore_command')).toMatchObject({ before: null, after: null });
    expect(told('statement_timeout of role app')).toMatchObject({ before: '7s', after: null });
    expect(JSON.stringify(metrics)).not.toContain('secret');
    const { metrics: later } = await readUntil(pgSettings, server(), {}, some);
    expect(later[0]).toMatchObject({ pending_restart: 1 });
  });

  it('tells after a restart of the collector what changed meanwhile, from digests alone', async () => {
    const { mark } = await sampleWith(undefined);
    expect(JSON.stringify(mark)).not.toMatch(/secret|6144/);
    expect((await sampleWith(mark)).mark).toBeUndefined();
    await server().sql(`ALTER SYSTEM SET work_mem = '7MB'`);
    await server().sql('SELECT pg_reload_conf()');
    const { metrics } = await readUntil(
      { ...pgSettings, read: (context) => pgSettings.read({ ...context, durable$: held(mark) }) },
      server(),
      {},
      ({ metrics }) => metrics.some(({ type }) => type === 'pg_event'),
    );
    const events = metrics.filter(({ type }) => type === 'pg_event');
    expect(events).toMatchObject([{ object: 'work_mem', before: null, after: '7168 kB' }]);
    const hash = (all: Reading['metrics']) =>
      named(rowsOf(all[0], 'settings'), 'restore_command')!['value_hash'];
    const again = await sampleWith(mark);
    expect(hash([again.metric])).toBe(hash(metrics));
  });
});
