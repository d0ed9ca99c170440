import { type Observable, defer, of, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { QueryError, messageOf } from '../../../src/errors.ts';
import type { Query, Row } from '../../../src/ports/server.ts';
import { CatalogLocks } from '../../../src/streams/governor/catalogLocks.ts';

const DATABASE = '1262';
const CLASS = '1259';
const query = (name: string, sql: string, more: Partial<Query> = {}): Query => ({
  name,
  sql,
  lane: 'slow',
  timeoutMs: 1,
  ...more,
});
const databases = query('a/databases', 'SELECT datname FROM pg_database');
const tables = query('b/tables', 'SELECT relname FROM pg_class');
const time = query('c/time', 'SELECT now()');

/** A server whose catalogs are locked as the test says, and what came of what was sent. */
function world() {
  const locked = new Set<string>();
  const sent: string[] = [];
  const locks = new CatalogLocks();
  const waits = { [databases.name]: DATABASE, [tables.name]: CLASS };
  function answer({ name, gate }: Query): Observable<readonly Row[]> {
    return defer(() => {
      const refused = gate?.();
      if (refused) return throwError(() => refused);
      sent.push(name);
      if (name.endsWith('/locks')) return of([...locked].map((oid) => [oid]));
      const behind = waits[name];
      return behind !== undefined && locked.has(behind)
        ? throwError(() => new QueryError('55P03', name, 'canceled due to lock timeout'))
        : of([['ok']]);
    });
  }
  /** What came of it: `ok`, `55P03` or the message. */
  const send = (read: Query): string => {
    let outcome = '';
    locks.send(read.name, read, { query: answer }).subscribe({
      next: (rows) => (outcome = rows[0]?.[0] ?? ''),
      error: (error: unknown) =>
        (outcome = error instanceof QueryError ? error.sqlstate : messageOf(error)),
    });
    return outcome;
  };
  const taken = (): string[] => sent.splice(0);
  return { locked, send, taken };
}

describe('a lock on a system catalog', () => {
  it('is met once; then those that need the catalog ask first, and are not sent', () => {
    const { locked, send, taken } = world();
    expect([send(databases), send(time)]).toEqual(['ok', 'ok']);
    expect(taken()).toEqual(['a/databases', 'c/time']);
    locked.add(DATABASE);
    expect(send(databases)).toBe('55P03');
    taken();
    const refused =
      'a/databases is not asked while somebody holds or awaits an AccessExclusiveLock on pg_database';
    expect([send(databases), send(databases), send(time)]).toEqual([refused, refused, 'ok']);
    // One look serves for a while.
    expect(taken()).toEqual(['a/locks', 'c/time']);
  });

  it('is known to another query whose statement names the catalog', () => {
    const { locked, send, taken } = world();
    locked.add(DATABASE);
    send(databases);
    taken();
    expect(send({ ...databases, name: 'd/databases' })).toMatch(/on pg_database$/);
    expect(taken()).toEqual(['d/locks']);
  });

  it('of any other catalog is learned by each query that meets it', () => {
    const { locked, send, taken } = world();
    locked.add(CLASS);
    expect(send(tables)).toBe('55P03');
    expect(send(tables)).toMatch(/on the system catalog with oid 1259$/);
    // It needs none that is locked.
    expect(send(databases)).toBe('ok');
    expect(taken()).toEqual(['b/tables', 'b/locks', 'a/databases']);
  });

  it('that is gone is noticed: nothing asks first any more', () => {
    vi.useFakeTimers();
    try {
      const { locked, send, taken } = world();
      locked.add(DATABASE);
      send(databases);
      send(databases);
      locked.clear();
      taken();
      vi.advanceTimersByTime(5_000);
      expect([send(databases), send(databases)]).toEqual(['ok', 'ok']);
      expect(taken()).toEqual(['a/locks', 'a/databases', 'a/databases']);
    } finally {
      vi.useRealTimers();
    }
  });

  it('of a table is none: the query that met it is sent again', () => {
    const { locked, send } = world();
    locked.add(CLASS);
    send(tables);
    locked.clear();
    expect(send(tables)).toBe('ok');
  });

  it('is asked for where the query runs, and never for statements of others', () => {
    const asked: Query[] = [];
    const locks = new CatalogLocks();
    function fail(read: Query): Observable<readonly Row[]> {
      return defer(() => {
        const refused = read.gate?.();
        if (refused) return throwError(() => refused);
        asked.push(read);
        return throwError(() => new QueryError('55P03', read.name, ''));
      });
    }
    const guest = { ...databases, name: 'custom/x', guest: { maxRows: 1 } };
    const inShop = { ...databases, lane: 'database', database: 'shop' } as const;
    for (const read of [guest, guest, inShop, inShop]) {
      locks.send(read.name, read, { query: fail }).subscribe({ error: () => undefined });
    }
    expect(asked.map(({ name }) => name)).toEqual([
      'custom/x',
      'custom/x',
      'a/databases',
      'a/locks',
    ]);
    expect(asked.at(-1)).toMatchObject({ lane: 'database', database: 'shop' });
  });
});
