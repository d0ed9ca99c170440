import { type Observable, concatMap, of, takeUntil, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { QueryError, UnreachableError } from '../../../src/errors.ts';
import type { Query, Row } from '../../../src/ports/server.ts';
import type { Metric } from '../../../src/schema/metric.ts';
import { databaseColumns } from '../../../src/sources/pg_stats/databaseColumns.ts';
import { indexColumns } from '../../../src/sources/pg_stats/indexColumns.ts';
import { pgStats } from '../../../src/sources/pg_stats/pg_stats.ts';
import { tableColumns } from '../../../src/sources/pg_stats/tableColumns.ts';
import { marbles } from '../../support/marbles.ts';
import { rowsOf } from '../../support/readings.ts';
import { fakeServer, serverContext } from '../../support/serverContext.ts';

const source = pgStats;
const values = (columns: object, set: Readonly<Record<string, string>> = {}) =>
  Object.keys(columns).map((name) => set[name] ?? null);

/** The row of a database: name, in recovery, connectable, statistics older than 7 days. */
const database = (name: string, recovery = 'f', connectable = 't', settled = 't'): Row => [
  name,
  recovery,
  connectable,
  settled,
  ...values(databaseColumns),
];
const table = (oid: number): Row => [
  String(oid),
  ...values(tableColumns, { schema: 'public', name: `t${oid}`, live_tuples: '7', seq_scan: '3' }),
  '1',
];
const index = (oid: number, set: Readonly<Record<string, string>>): Row => [
  String(oid),
  ...values(indexColumns, { name: `i${oid}`, is_unique: 'f', is_exclusion: 'f', ...set }),
  '1',
];

type Answers = Readonly<Record<string, (query: Query) => Observable<readonly Row[]>>>;
const answers: Answers = {
  databases: () => of([database('shop')]),
  database_sizes: () => of([['shop', '1000']]),
  tables: () => of([table(1)]),
  indexes: () => of([index(2, { scans: '0' })]),
  relation_sizes: ({ values }) => of((values![0] as number[]).map((oid) => [String(oid), '10'])),
};

/** Runs the source in virtual time for some seconds, then calls `then`; each query takes 10 ms. */
const run = (
  seconds: number,
  settings: Readonly<Record<string, unknown>>,
  other: Answers,
  then: (seen: { asked: string[]; metrics: Metric[]; troubles: readonly unknown[] }) => void,
) =>
  marbles(({ flush }) => {
    const asked: string[] = [];
    const metrics: Metric[] = [];
    const server = fakeServer(
      (query) => {
        const what = query.name.split('/')[1]!;
        asked.push(query.lane === 'database' ? `${what} ${query.database!}` : what);
        return timer(10).pipe(concatMap(() => ({ ...answers, ...other })[what]!(query)));
      },
      { databases: ['*'] },
    );
    const context = serverContext(source, server, { settings });
    source
      .read(context)
      .pipe(takeUntil(timer(seconds * 1000 + 500)))
      .subscribe(({ metric }) => metrics.push(metric));
    flush();
    then({ asked, metrics, troubles: context.troubles });
  });

const withTables = (metrics: readonly Metric[]) =>
  metrics.map((metric) => ('tables' in metric ? 'T' : '.')).join('');

describe('pg_stats in time', () => {
  it(
    'reads tables at the first tick and then when they are due, sizes the more rarely',
    run(
      60,
      { interval: 10, relations_interval: 20, sizes_interval: 40 },
      {},
      ({ asked, metrics }) => {
        expect(withTables(metrics)).toBe('T.T.T.T');
        expect(asked.filter((what) => what === 'database_sizes')).toHaveLength(2);
        expect(asked.filter((what) => what === 'relation_sizes shop')).toHaveLength(2);
        expect(metrics.at(-1)).toMatchObject({
          size_bytes: 1000,
          size_read_at: '1970-01-01T00:00:40.020Z',
        });
        expect(rowsOf(metrics[2], 'tables')[0]).toMatchObject({
          size_bytes: 10,
          size_read_at: '1970-01-01T00:00:00.050Z',
        });
      },
    ),
  );

  it(
    'goes on with the other databases where one fails, and keeps saying so until it works',
    run(
      40,
      { interval: 10, relations_interval: 20 },
      {
        databases: () => of([database('bad'), database('good')]),
        tables: ({ database }) =>
          database === 'bad'
            ? throwError(() => new UnreachableError('auth', 'no entry', null))
            : of([table(1)]),
      },
      ({ metrics, troubles }) => {
        expect(withTables(metrics)).toBe('.T...T...T');
        expect(new Set(troubles.map(String))).toStrictEqual(
          new Set(['UnavailableError: main: tables and indexes of database "bad": no entry']),
        );
        expect(troubles).toHaveLength(5);
      },
    ),
  );

  it(
    'takes a conflict with recovery for no error, and reads again at the next tick',
    run(
      10,
      { interval: 10, relations_interval: 300 },
      { tables: () => throwError(() => new QueryError('40001', 'pg_stats/tables', 'conflict')) },
      ({ asked, troubles }) => {
        expect(troubles).toStrictEqual([]);
        expect(asked.filter((what) => what === 'tables shop')).toHaveLength(2);
      },
    ),
  );

  it(
    'does not knock at a database that would refuse it',
    run(0, {}, { databases: () => of([database('shut', 'f', 'f')]) }, ({ asked, troubles }) => {
      expect(asked).toStrictEqual(['databases', 'database_sizes']);
      expect(String(troubles[0])).toContain('may not connect');
    }),
  );

  it(
    'keeps the older sizes where sizes cannot be read',
    run(
      20,
      { interval: 10, relations_interval: 10, sizes_interval: 10 },
      {
        relation_sizes: (() => {
          let times = 0;
          return (query: Query) =>
            times++ === 0
              ? answers['relation_sizes']!(query)
              : throwError(() => new QueryError('57014', 'pg_stats/relation_sizes', 'too slow'));
        })(),
      },
      ({ metrics, troubles }) => {
        expect(rowsOf(metrics[2], 'tables')[0]).toMatchObject({
          size_bytes: 10,
          size_read_at: '1970-01-01T00:00:00.050Z',
        });
        expect(String(troubles[0])).toContain('too slow');
      },
    ),
  );

  it(
    'halves a chunk that meets a lock, down to the one relation',
    run(
      0,
      {},
      {
        tables: () => of([1, 2, 3, 4].map(table)),
        relation_sizes: ({ values }) =>
          (values![0] as number[]).includes(3)
            ? throwError(() => new QueryError('55P03', 'pg_stats/relation_sizes', 'locked'))
            : of((values![0] as number[]).map((oid) => [String(oid), '10'])),
        indexes: () => of([]),
      },
      ({ metrics }) => {
        expect(rowsOf(metrics[0], 'tables').map(({ size_bytes }) => size_bytes)).toStrictEqual([
          10,
          10,
          null,
          10,
        ]);
        expect(metrics[0]!['sizes_skipped']).toBe(1);
      },
    ),
  );

  it(
    'judges indexes of settled statistics on a primary only',
    run(
      0,
      {},
      {
        databases: () =>
          of([database('new', 'f', 't', 'f'), database('old'), database('standby', 't')]),
        indexes: () =>
          of([
            index(1, { scans: '0' }),
            index(2, { scans: '5' }),
            index(3, { scans: '0', is_unique: 't' }),
            index(4, { scans: '0', is_exclusion: 't' }),
          ]),
      },
      ({ metrics }) => {
        const statuses = metrics.map((metric) =>
          rowsOf(metric, 'indexes').map(({ status }) => status),
        );
        expect(statuses).toStrictEqual([
          [null, null, null, null],
          ['UNUSED', 'USED', null, null],
          [null, null, null, null],
        ]);
      },
    ),
  );

  it(
    'says nothing of what a standby does not keep',
    run(0, {}, { databases: () => of([database('shop', 't')]) }, ({ metrics }) => {
      expect(rowsOf(metrics[0], 'tables')[0]).toMatchObject({
        live_tuples: null,
        n_tup_ins: null,
        seq_scan: 3,
      });
    }),
  );

  it(
    'visits databases for half the interval at most, and the others at the next tick',
    run(
      4,
      { interval: 2, relations_interval: 300 },
      {
        databases: () => of(['a', 'b', 'c'].map((name) => database(name))),
        tables: () => timer(600).pipe(concatMap(() => of([table(1)]))),
      },
      ({ asked }) => {
        expect(asked.filter((what) => what.startsWith('tables'))).toStrictEqual([
          'tables a',
          'tables b',
          'tables c',
        ]);
        expect(asked.indexOf('tables c')).toBeGreaterThan(
          asked.lastIndexOf('databases', asked.indexOf('tables c')) - 1,
        );
        expect(
          asked.slice(0, asked.indexOf('tables c')).filter((what) => what === 'databases'),
        ).toHaveLength(2);
      },
    ),
  );

  it(
    'keeps what it chose for an hour',
    run(
      7200,
      { interval: 1800, relations_interval: 1800, max_tables: 1 },
      {
        // The server chooses what is to stay, else the larger one; the second one outgrows the first.
        tables: (() => {
          let times = 0;
          return ({ values }) => {
            const [kept, max] = values as [number[], number];
            expect(max).toBe(1);
            const largest = ++times === 1 ? 1 : 2;
            return of([[...table(kept.includes(1) ? 1 : largest).slice(0, -1), '2']]);
          };
        })(),
      },
      ({ metrics }) => {
        expect(metrics.map((metric) => rowsOf(metric, 'tables')[0]!['name'])).toStrictEqual([
          't1',
          't1',
          't2',
          't2',
          't2',
        ]);
        expect(metrics[0]).toMatchObject({ truncated: true, total: 3, tables_total: 2 });
      },
    ),
  );
});
