import { lastValueFrom, of, throwError, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { QueryError } from '../../src/errors.ts';
import { guardedReads, lockedRelations } from '../../src/postgres/lockGuard.ts';
import { marbles } from '../support/marbles.ts';
import { openServer } from '../support/openServer.ts';
import { withPostgres } from '../support/postgres.ts';

const range = (length: number) => Array.from({ length }, (_, index) => index + 1);
function blocked() {
  return throwError(() => new QueryError('55P03', 'a/b', 'lock timeout'));
}

describe('guardedReads', () => {
  it(
    'reads chunk after chunk',
    marbles(({ cold, expectObservable }) => {
      const asked: number[] = [];
      const result$ = guardedReads({
        oids: range(250),
        oidOf: (row: number) => row,
        read: (oids) => {
          asked.push(oids.length);
          return cold('--(r|)', { r: oids });
        },
      });
      const chunk = (from: number, to: number) => ({
        rows: range(250).slice(from, to),
        skipped: [],
      });
      expectObservable(result$).toBe('--a-b-(c|)', {
        a: chunk(0, 100),
        b: chunk(100, 200),
        c: chunk(200, 250),
      });
    }),
  );

  it('halves a chunk that meets a lock, and skips only the one relation', async () => {
    const calls: (readonly number[])[] = [];
    const results = await lastValueFrom(
      guardedReads({
        oids: range(8),
        oidOf: (row: number) => row,
        read: (oids) => {
          calls.push(oids);
          return oids.includes(6) ? blocked() : of(oids);
        },
      }).pipe(toArray()),
    );
    expect(results.flatMap(({ rows }) => rows)).toEqual([1, 2, 3, 4, 5, 7, 8]);
    expect(results.flatMap(({ skipped }) => skipped)).toEqual([6]);
    expect(calls.map((oids) => oids.length)).toEqual([8, 4, 4, 2, 1, 1, 2]);
  });

  it('counts relations without a row as skipped', async () => {
    const [result] = await lastValueFrom(
      guardedReads({ oids: [1, 2, 3], oidOf: (row: number) => row, read: () => of([1, 3]) }).pipe(
        toArray(),
      ),
    );
    expect(result).toEqual({ rows: [1, 3], skipped: [2] });
  });

  it('passes other errors on', async () => {
    function read() {
      return throwError(() => new QueryError('57014', 'a/b', 'timeout'));
    }
    await expect(
      lastValueFrom(guardedReads({ oids: [1, 2], oidOf: (row: number) => row, read })),
    ).rejects.toMatchObject({ sqlstate: '57014' });
  });

  it(
    'reads nothing for no relations',
    marbles(({ expectObservable }) => {
      expectObservable(guardedReads({ oids: [], oidOf: Number, read: blocked })).toBe('|');
    }),
  );
});

describe('lockedRelations', () => {
  const dev = withPostgres();
  it('has tables that are locked or waited for, also through an index or TOAST', async () => {
    await dev().sql(`CREATE TABLE held (a int PRIMARY KEY); CREATE TABLE awaited (a int);
      CREATE TABLE reindexed (a int PRIMARY KEY); CREATE TABLE toasted (a text); CREATE TABLE free (a int)`);
    const [toast] = await dev().sql(
      `SELECT reltoastrelid::regclass::text AS name FROM pg_class WHERE relname = 'toasted'`,
    );
    const { read } = openServer({ host: dev().host, port: dev().port });
    const names = async () =>
      (await read(`WITH ${lockedRelations} SELECT oid::regclass FROM locked`)).map(
        ([name]) => name,
      );
    expect(await names()).toEqual([]);
    const [holder, reader, waiter] = await Promise.all([
      dev().connect(),
      dev().connect(),
      dev().connect(),
    ]);
    await holder.query('BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE');
    await holder.query(`REINDEX INDEX reindexed_pkey`);
    await holder.query(`REINDEX TABLE ${String(toast?.['name'])}`);
    await reader.query('BEGIN; SELECT * FROM awaited');
    const waiting = waiter
      .query('BEGIN; LOCK TABLE awaited IN ACCESS EXCLUSIVE MODE')
      .catch(() => undefined);
    await expect
      .poll(names, { timeout: 10_000 })
      .toEqual(expect.arrayContaining(['public.awaited']));
    const found = await names();
    expect(found).toEqual(
      expect.arrayContaining([
        'public.held',
        'public.awaited',
        'public.reindexed',
        'public.toasted',
      ]),
    );
    expect(found).not.toContain('public.free');

    // What the guard lets through is read without waiting.
    const sizes = await read(
      `WITH ${lockedRelations} SELECT o.oid::regclass, pg_total_relation_size(o.oid) FROM (
         SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r') AS o
       WHERE NOT EXISTS (SELECT FROM locked WHERE locked.oid = o.oid)`,
    );
    expect(sizes).toEqual([['public.free', '0']]);
    await holder.query('ROLLBACK');
    await reader.query('ROLLBACK');
    await waiting;
    await Promise.all([holder, reader, waiter].map((client) => client.end()));
  });
});
