import { describe, expect, it } from 'vitest';
import type { Row } from '../../../src/ports/server.ts';
import { LongWaits } from '../../../src/sources/pg_locks/longWaits.ts';
import { readLocks } from '../../../src/sources/pg_locks/readLocks.ts';
import { timer, map, tap, ignoreElements, asyncScheduler } from 'rxjs';
import { pgLocks } from '../../../src/sources/pg_locks/pg_locks.ts';
import { marbles } from '../../support/marbles.ts';
import { fakeServer, serverContext } from '../../support/serverContext.ts';

const at = (s: number): string =>
  new Date(Date.UTC(2026, 0, 2) + s * 1000).toISOString().replace('T', ' ').replace('Z', '+00');

/** The rows of one reading: process 7 waits for table 16384 behind process 3. */
function rows(now: number, start: { waitStart?: number; queryStart: number }): Row[] {
  const row = (...values: (string | null)[]): Row =>
    Array.from({ length: 16 }, (_, index) => values[index] ?? null);
  const lock = ['7', 'relation', 'ShareLock', '5', '16384', ...Array<null>(7).fill(null)];
  const waitStart = start.waitStart === undefined ? null : at(start.waitStart);
  return [
    row('totals', at(now), '1', '1'),
    row('waiter', ...lock, 'relation/5/16384', waitStart, '{3}'),
    row(
      'involved',
      '7',
      '5',
      '10',
      'app',
      null,
      'client backend',
      'active',
      'Lock',
      'relation',
    ).map((value, index) =>
      index === 11 ? at(start.queryStart) : index === 13 ? `UPDATE t SET a = 'x'` : value,
    ),
  ];
}

describe('LongWaits', () => {
  it('tells once that a wait has become long, by the server’s clock', () => {
    const waits = new LongWaits();
    const told = [0, 10, 20, 29, 39, 49].map((now) => {
      const reading = readLocks(rows(100 + now, { waitStart: 100, queryStart: 99 }));
      return [waits.update(reading).length, waits.secondsOf(reading.waiters[0]!)];
    });
    expect(told).toEqual([
      [0, 0],
      [0, 10],
      [0, 20],
      [0, 29],
      [1, 39],
      [0, 49],
    ]);
  });

  it('counts from the first reading where the server does not tell since when, and anew for another statement', () => {
    const waits = new LongWaits();
    const step = (now: number, queryStart: number) => {
      const reading = readLocks(rows(now, { queryStart }));
      return [waits.update(reading).length, waits.secondsOf(reading.waiters[0]!)];
    };
    expect([step(100, 50), step(130, 50), step(140, 50), step(150, 145)]).toEqual([
      [0, 0],
      [1, 30],
      [0, 40],
      [0, 0],
    ]);
  });

  it('forgets a wait that is over', () => {
    const waits = new LongWaits();
    const reading = readLocks(rows(100, { waitStart: 60, queryStart: 50 }));
    expect(waits.update(reading)).toHaveLength(1);
    expect(waits.update(readLocks([]))).toHaveLength(0);
    expect(waits.secondsOf(reading.waiters[0]!)).toBeNull();
  });
});

describe('a wait of 30 s', () => {
  it(
    'is an urgent event, once, without literals',
    marbles(({ expectObservable, flush }) => {
      const events: unknown[] = [];
      const server = fakeServer(
        ({ name }) =>
          timer(5).pipe(
            map(() => {
              if (name === 'pg_locks/names') return [['d', '5', 'shop', 't']];
              if (name === 'pg_locks/relations') return [['16384', 'public', 't']];
              if (name === 'pg_locks/deadlocks') return [];
              return rows(asyncScheduler.now() / 1000, { waitStart: 0, queryStart: 0 });
            }),
          ),
        { database: 'shop' },
        { role: { name: 'watcher', superuser: false, monitor: true } },
      );
      const read$ = pgLocks.read(serverContext(pgLocks, server)).pipe(
        tap(({ metric, urgent }) => {
          if (metric.type === 'pg_event') events.push({ urgent, ...metric });
        }),
        ignoreElements(),
      );
      expectObservable(read$, '90s !');
      flush();
      expect(events).toMatchObject([
        {
          urgent: true,
          event: 'blocked',
          database: 'shop',
          object: 'public.t',
          pid: 7,
          seconds: 30.005,
          statement: 'UPDATE t SET a = ?',
          message: 'process 7 has waited 30 s for ShareLock on relation public.t, behind process 3',
        },
      ]);
    }),
  );
});
