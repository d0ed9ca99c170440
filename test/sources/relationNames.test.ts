import { type Observable, firstValueFrom, of, throwError, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Query, Row } from '../../src/ports/server.ts';
import type { ServerSettings } from '../../src/schema/config.ts';
import { OidNames } from '../../src/sources/oidNames.ts';
import { RelationNames } from '../../src/sources/relationNames.ts';
import { fakeServer } from '../support/serverContext.ts';

/** Database 5 is the maintenance one; 6 can be entered, 7 cannot. */
const databases: Row[] = [
  ['d', '5', 'postgres', 't'],
  ['d', '6', 'shop', 't'],
  ['d', '7', 'closed', 'f'],
  ['r', '10', 'app', 'f'],
];

function world(settings: Partial<ServerSettings> = {}, fails: () => boolean = () => false) {
  const asked: string[] = [];
  const troubles: unknown[] = [];
  function answer({ name, database, values = [] }: Query): Observable<readonly Row[]> {
    const where = database === undefined ? '' : `@${database}`;
    asked.push(`${name}${where} ${JSON.stringify(values)}`);
    if (fails()) return throwError(() => new Error('locked'));
    if (name === 'test/names') {
      const wanted = values.flat().map(String);
      return of(databases.filter(([, oid]) => wanted.includes(oid ?? '')));
    }
    return of((values[0] as string[]).map((oid) => [oid, 'public', `t${oid}`]));
  }
  const server = fakeServer(answer, { database: 'postgres', ...settings });
  const names = new OidNames('test');
  const relations = new RelationNames('test');
  const report = (error: unknown) => troubles.push(error);
  return {
    asked,
    troubles,
    names,
    relations,
    learnNames: (oids: readonly (string | null)[], roles: readonly (string | null)[] = []) =>
      firstValueFrom(names.learn(server, oids, roles, report).pipe(toArray())),
    learn: (...of: readonly (readonly [string | null, string | null])[]) =>
      firstValueFrom(
        relations
          .learn(
            server,
            names,
            of.map(([databaseOid, oid]) => ({ databaseOid, oid })),
            report,
          )
          .pipe(toArray()),
      ),
  };
}

describe('OidNames', () => {
  it('asks once for what it does not know', async () => {
    const { asked, names, learnNames } = world();
    await learnNames(['5', '6', null, '0'], ['10']);
    await learnNames(['5', '6'], ['10']);
    expect(asked).toEqual(['test/names [["5","6"],["10"]]']);
    expect([names.database('6'), names.role('10'), names.database('99')]).toEqual([
      'shop',
      'app',
      null,
    ]);
  });

  it('reports a read that fails, does not repeat it at once, and keeps what it knew', async () => {
    let broken = true;
    const { asked, names, troubles, learnNames } = world({}, () => broken);
    await learnNames(['5']);
    await learnNames(['5']);
    expect([asked.length, troubles.length, names.database('5')]).toEqual([1, 1, null]);
    broken = false;
    await learnNames(['6']);
    expect(names.database('6')).toBe('shop');
  });
});

describe('RelationNames', () => {
  it('reads the maintenance database on its own connection, shared catalogs there as well', async () => {
    const { asked, relations, learnNames, learn } = world();
    await learnNames(['5']);
    await learn(['5', '16384'], ['0', '1260'], [null, null]);
    expect(asked.slice(1)).toEqual(['test/relations [["16384"]]', 'test/relations [["1260"]]']);
    expect(relations.of({ databaseOid: '5', oid: '16384' })).toEqual({
      schema: 'public',
      name: 't16384',
    });
  });

  it('enters no other database than those that are configured and let it in', async () => {
    const silent = world();
    await silent.learnNames(['6']);
    await silent.learn(['6', '1']);
    expect(silent.asked).toHaveLength(1);
    const named = world({ databases: ['postgres', 'shop', 'closed'] });
    await named.learnNames(['6', '7']);
    await named.learn(['6', '1'], ['7', '2']);
    expect(named.asked.slice(1)).toEqual(['test/relations@shop [["1"]]']);
    const all = world({ databases: ['*'], exclude_databases: ['sh*'] });
    await all.learnNames(['6']);
    await all.learn(['6', '1']);
    expect(all.asked).toHaveLength(1);
  });

  it('asks once, and reports what fails', async () => {
    const { asked, troubles, learn } = world({}, () => true);
    await learn(['0', '1260']);
    await learn(['0', '1260']);
    expect([asked.length, troubles.length]).toEqual([1, 1]);
  });
});
