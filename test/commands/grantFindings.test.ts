import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { grantFindings } from '../../src/commands/check/grantFindings.ts';
import { withPostgres } from '../support/postgres.ts';
import { withServer } from '../support/serverContext.ts';

const server = withPostgres();
const found = () =>
  firstValueFrom(
    withServer(server(), { user: 'watcher', databases: ['shop', 'postgres'] }, (monitored) =>
      grantFindings(monitored, 'watcher'),
    ),
  );

describe('grantFindings', () => {
  it('prints the grants that pg_monitor lacks, database by database; pasted, they suffice', async () => {
    await server().sql('CREATE ROLE watcher LOGIN IN ROLE pg_monitor');
    await server().sql('CREATE DATABASE shop');
    await server().sql('CREATE SCHEMA "My ""S"; CREATE TABLE "My ""S".t (id serial)', 'shop');
    const list = await found();
    expect(list.map(({ level, message }) => `${level}: ${message}`)).toStrictEqual([
      'warning: role "watcher" may not read widths of columns: no bloat is estimated',
      'warning: role "watcher" may not read sequences: how full they are is not known',
    ]);
    expect(list[1]!.remedy).toBe(
      '\\connect "shop"\nGRANT SELECT ON ALL SEQUENCES IN SCHEMA "My ""S" TO "watcher";',
    );
    let database = 'postgres';
    for (const line of list.flatMap(({ remedy = '' }) => remedy.split('\n'))) {
      const connect = /^\\connect "(.*)"$/.exec(line);
      if (connect) database = connect[1]!;
      else await server().sql(line, database);
    }
    expect(await found()).toStrictEqual([]);
  });
});
