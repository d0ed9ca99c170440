import { type Observable, concatMap, map, of, takeUntil, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { QueryError, UnreachableError } from '../../src/errors.ts';
import type { Row } from '../../src/ports/server.ts';
import type { ServerSettings, SectionSettings } from '../../src/schema/config.ts';
import type { Metric } from '../../src/schema/metric.ts';
import { type EachDatabaseOptions, eachDatabase } from '../../src/sources/eachDatabase.ts';
import { pgExtensions } from '../../src/sources/pg_extensions/pg_extensions.ts';
import type { ServerContext } from '../../src/sources/source.ts';
import { marbles } from '../support/marbles.ts';
import { fakeServer, serverContext } from '../support/serverContext.ts';

/** The row of a database: name, in recovery, connectable, stats epoch, settled. */
const database = (name: string, recovery = 'f', connectable = 't'): Row => [
  name,
  recovery,
  connectable,
  '2026-01-02 03:04:05+00',
  't',
];
const metric = (of: string): Metric => ({ type: 'pg_x', timestamp: '', database: of });

interface Seen {
  /** `<seconds> <database>` of each metric. */
  readonly said: string[];
  readonly troubles: readonly string[];
  readonly forgotten: string[];
}

/** Runs it in virtual time on databases that change from tick to tick; each list takes 10 ms. */
const run = (
  seconds: number,
  interval: number,
  lists: readonly (readonly Row[])[],
  options: Partial<EachDatabaseOptions<SectionSettings>>,
  then: (seen: Seen) => void,
  connection: Partial<ServerSettings> = { databases: ['*'] },
) =>
  marbles(({ flush }) => {
    let asked = 0;
    const said: string[] = [];
    const forgotten: string[] = [];
    const server = fakeServer(
      () => timer(10).pipe(map(() => lists[Math.min(asked++, lists.length - 1)] ?? [])),
      connection,
    );
    const context = serverContext(pgExtensions, server, { settings: { interval } });
    eachDatabase(context as unknown as ServerContext<SectionSettings>, {
      type: 'pg_x',
      what: 'things',
      read: ({ database: { name } }) => of(metric(name)),
      forget: (names) => forgotten.push(...names),
      ...options,
    })
      .pipe(
        concatMap(({ metric }) => of(metric)),
        takeUntil(timer(seconds * 1000 + 500)),
      )
      .subscribe(({ database }) => said.push(database as string));
    flush();
    then({ said, troubles: context.troubles.map(String), forgotten });
  });

function slow(name: string): Observable<Metric> {
  return timer(2_000).pipe(map(() => metric(name)));
}

describe('eachDatabase', () => {
  it(
    'reads each database once per interval, one after the other',
    run(10, 10, [[database('a'), database('b')]], {}, ({ said, troubles }) => {
      expect(said).toStrictEqual(['a', 'b', 'a', 'b']);
      expect(troubles).toStrictEqual([]);
    }),
  );

  it(
    'goes on with the others where one fails, and says which failed how, in one sentence',
    run(
      0,
      60,
      [['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => database(name))],
      {
        read: ({ database: { name } }) =>
          name === 'c'
            ? of(metric(name))
            : throwError(
                () => new UnreachableError('auth', name === 'b' ? 'no entry' : 'no', null),
              ),
      },
      ({ said, troubles }) => {
        expect(said).toStrictEqual(['c']);
        expect(troubles).toStrictEqual([
          'UnavailableError: main: things of database "a", "d", "e", "f", "g" and 1 more: no; things of database "b": no entry',
        ]);
      },
    ),
  );

  it.each([
    new UnreachableError('no_such_database', 'gone', '3D000'),
    new QueryError('40001', 'pg_x/things', 'conflict with recovery'),
    new QueryError('57P01', 'pg_x/things', 'terminating'),
  ])('does not complain of what is nobody’s fault: %s', (error) => {
    run(
      0,
      60,
      [[database('a'), database('b')]],
      {
        read: ({ database: { name } }) =>
          name === 'a' ? throwError(() => error) : of(metric(name)),
      },
      ({ said, troubles }) => {
        expect(said).toStrictEqual(['b']);
        expect(troubles).toStrictEqual([]);
      },
    )();
  });

  it(
    'knocks at no database that would refuse it, and names those that are not there',
    run(
      0,
      60,
      [[database('shut', 'f', 'f'), database('open')]],
      {},
      ({ said, troubles }) => {
        expect(said).toStrictEqual(['open']);
        expect(troubles[0]).toContain('things of database "missing": does not exist');
        expect(troubles[0]).toContain('things of database "shut": the role may not connect');
      },
      { databases: ['shut', 'open', 'missing'] },
    ),
  );

  it(
    'leaves a standby alone where there is nothing to read, and begins after a promotion',
    run(
      10,
      10,
      [[database('a', 't')], [database('a', 'f')]],
      { primaryOnly: true },
      ({ said, troubles }) => {
        expect(said).toStrictEqual(['a']);
        expect(troubles).toStrictEqual([]);
      },
    ),
  );

  it(
    'visits for half the interval at most; what was left out comes first in the next round',
    run(
      15,
      10,
      [[database('a'), database('b'), database('c'), database('d')]],
      { read: ({ database: { name } }) => slow(name) },
      ({ said, troubles }) => {
        expect(said).toStrictEqual(['a', 'b', 'c', 'd', 'a']);
        expect(troubles[0]).toContain('"d": no time was left');
      },
    ),
  );

  it(
    'tells which databases are gone',
    run(20, 10, [[database('a'), database('b')], [database('b')]], {}, ({ said, forgotten }) => {
      expect(said).toStrictEqual(['a', 'b', 'b', 'b']);
      expect(forgotten).toStrictEqual(['a']);
    }),
  );
});
