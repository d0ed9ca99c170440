import { type Observable, defer, of, throwError } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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

describe('many statements without their rights', () => {
  const nth = (n: number): Query => ({ ...read, sql: `SELECT f() + ${n}` });
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());
  /** Sends them one after the other; `triesOf` tells how often each was sent. */
  function sending() {
    const { sent, query } = closedTo('f');
    const rights = new MissingRights(60_000);
    return {
      send: (from: number, to = from): void => {
        for (let n = from; n <= to; n++) {
          expect(outcome(rights.send(nth(n), query))).toMatchObject({ sqlstate: '42501' });
        }
      },
      triesOf: (...which: readonly number[]): readonly number[] =>
        which.map((n) => sent.filter((sql) => sql === nth(n).sql).length),
    };
  }

  it('keeps a thousand: of more, the oldest is sent before its time, and the newest are not', () => {
    const { send, triesOf } = sending();
    send(0, 1_000);
    // The oldest last, since its new refusal takes the place of another.
    for (const n of [1_000, 999, 1, 0]) send(n);
    expect(triesOf(0, 1, 999, 1_000)).toStrictEqual([2, 1, 1, 1]);
  });

  it('counts one that was tried again among the newest', () => {
    const { send, triesOf } = sending();
    send(0);
    vi.setSystemTime(Date.now() + 59_000);
    send(1, 999);
    vi.setSystemTime(Date.now() + 1_000);
    send(0);
    send(1_000);
    for (const n of [2, 1_000, 0, 1]) send(n);
    expect(triesOf(0, 1, 2, 1_000)).toStrictEqual([2, 2, 1, 1]);
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
