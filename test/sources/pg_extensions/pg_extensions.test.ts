import { describe, expect, it } from 'vitest';
import { extensionChanges } from '../../../src/sources/pg_extensions/extensionChanges.ts';
import { pgExtensions } from '../../../src/sources/pg_extensions/pg_extensions.ts';
import { withPostgres } from '../../support/postgres.ts';
import { type Reading, readUntil, rowsOf } from '../../support/readings.ts';

const server = withPostgres();
const some = ({ metrics, troubles }: Reading) => metrics.length + troubles.length > 0;
const extension = (name: string, version: string) => ({
  name,
  version,
  schema: 'public',
  available_version: null,
  update_due: null,
});

describe('pg_extensions', () => {
  it('knows what is installed, and what an update would bring', async () => {
    await server()
      .sql(`CREATE ROLE nobody LOGIN; CREATE EXTENSION pg_stat_statements VERSION '1.10';
      CREATE SCHEMA x; CREATE EXTENSION pgcrypto SCHEMA x`);
    await server().sql(`UPDATE pg_extension SET extversion = '99' WHERE extname = 'plpgsql'`);
    const connection = { user: 'nobody' };
    const { metrics, troubles } = await readUntil(pgExtensions, server(), { connection }, some);
    expect(troubles).toStrictEqual([]);
    const [current] = await server().sql(
      `SELECT default_version FROM pg_available_extensions WHERE name = 'pgcrypto'`,
    );
    expect(metrics[0]).toMatchObject({
      database: 'postgres',
      extensions: [
        {
          name: 'pg_stat_statements',
          version: '1.10',
          available_version: '1.12',
          update_due: true,
        },
        { name: 'pgcrypto', version: current!['default_version'], schema: 'x', update_due: false },
        // No way leads there.
        { name: 'plpgsql', version: '99', available_version: '1.0', update_due: false },
      ],
    });
  });

  it('tells as events what was created, updated and dropped meanwhile', async () => {
    let changed: Promise<unknown> | undefined;
    const { metrics } = await readUntil(
      pgExtensions,
      server(),
      { settings: { interval: 1 } },
      (reading) => {
        changed ??= server().sql(
          'ALTER EXTENSION pg_stat_statements UPDATE; DROP EXTENSION pgcrypto; CREATE EXTENSION citext',
        );
        return reading.metrics.filter(({ type }) => type === 'pg_event').length >= 3;
      },
    );
    await changed;
    const events = metrics.filter(({ type }) => type === 'pg_event');
    expect(events.map(({ object, before, after }) => [object, before, after])).toStrictEqual([
      ['citext', null, expect.any(String)],
      ['pg_stat_statements', '1.10', '1.12'],
      ['pgcrypto', expect.any(String), null],
    ]);
    const last = metrics.findLast(({ type }) => type === 'pg_extensions');
    expect(rowsOf(last, 'extensions').map(({ name }) => name)).toContain('citext');
  });
});

describe('extensionChanges', () => {
  it('is nothing where nothing changed', () => {
    const same = [extension('a', '1')];
    expect(extensionChanges('main', 'shop', same, same)).toStrictEqual([]);
  });
});
