import { type Observable, defer, of, throwError } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { QueryError } from '../../../src/errors.ts';
import type { Query, Row, Server } from '../../../src/ports/server.ts';
import { MissingRights } from '../../../src/streams/collect/missingRights.ts';

const read: Query = { name: 'a/b', sql: 'SELECT f()', lane: 'slow', timeoutMs: 1000 };
const started: Query = { ...read, sql: 'SELECT greatest(pg_postmaster_start_time(), x)' };

/** What was sent to a server on which these functions are closed. */
function closedTo(
  ...closed: readonly string[]
): Pick<Server, 'query'> & { readonly sent: readonly string[] } {
  const sent: string[] = [];
  function query({ name, sql }: Query): Observable<readonly Row[]> {
    return defer(() => {
      const looksUp = name === 'facts/missing';
      sent.push(looksUp ? name : sql);
      if (looksUp) return of([['EXECUTE ON FUNCTION f()', 'watcher']]);
      const found = closed.find((each) => sql.includes(`${each}()`));
      return found === undefined
        ? of([['1']])
        : throwError(() => new QueryError('42501', name, `keine Berechtigung für ${found}`));
    });
  }
  const server: ReturnType<typeof closedTo> = { sent, query };
  return server;
}

/** The error of a read, or its rows. */
function outcome(rows$: ReturnType<MissingRights['send']>): unknown {
  let seen: unknown;
  rows$.subscribe({ next: (rows) => (seen = rows), error: (error: unknown) => (seen = error) });
  return seen;
}

describe('a statement without its right', () => {
  it('names the GRANT, and is not sent again before its time', () => {
    new TestScheduler(() => undefined).run(({ flush }) => {
      const { sent, query } = closedTo('f');
      const rights = new MissingRights(60_000);
      const message = 'keine Berechtigung für f: GRANT EXECUTE ON FUNCTION f() TO watcher';
      for (let tick = 0; tick < 3; tick++) {
        expect(outcome(rights.send(read, query))).toMatchObject({ sqlstate: '42501', message });
      }
      expect(sent).toStrictEqual(['SELECT f()', 'facts/missing']);
      rights.forget();
      outcome(rights.send(read, query));
      expect(sent).toHaveLength(4);
      flush();
    });
  });

  it('is sent at once where it is another one, and a guest always', () => {
    const { sent, query } = closedTo('f');
    const rights = new MissingRights(60_000);
    const guest = { ...read, guest: { maxRows: 1 } };
    outcome(rights.send(read, query));
    expect(outcome(rights.send({ ...read, sql: 'SELECT 1' }, query))).toStrictEqual([['1']]);
    for (let run = 0; run < 2; run++) outcome(rights.send(guest, query));
    expect(sent.filter((sql) => sql === read.sql)).toHaveLength(3);
  });
});

describe('where the start of the server is closed to the role', () => {
  it('reads without it, until the facts have it again', () => {
    const { sent, query } = closedTo('pg_postmaster_start_time');
    const rights = new MissingRights(60_000);
    for (let tick = 0; tick < 2; tick++) {
      expect(outcome(rights.send(started, query))).toStrictEqual([['1']]);
    }
    const without = 'SELECT greatest(NULL::timestamptz, x)';
    expect(sent).toStrictEqual([started.sql, without, without]);
    rights.learn(() => true);
    outcome(rights.send(started, query));
    expect(sent[3]).toBe(started.sql);
  });
});
