import { type Observable, firstValueFrom, map, of, take, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { QueryError, UnreachableError } from '../../src/errors.ts';
import type { Row } from '../../src/ports/server.ts';
import { codec } from '../../src/schema/codec.ts';
import type { Metric } from '../../src/schema/metric.ts';
import { pgHealth } from '../../src/sources/pg_health.ts';
import type { MonitoredServer } from '../../src/sources/source.ts';
import { marbles } from '../support/marbles.ts';
import { openServer } from '../support/openServer.ts';
import { withPostgres } from '../support/postgres.ts';
import { connectionSettings, fakeServer, serverContext } from '../support/serverContext.ts';
import { monitored } from '../../src/streams/collect/servers.ts';
import { held } from '../support/hostContext.ts';

function read(server: MonitoredServer): Observable<Metric> {
  return pgHealth.read(serverContext(pgHealth, server)).pipe(map(({ metric }) => metric));
}
const schema = pgHealth.metrics[0]!;
const valid = (metric: Metric) => expect(codec(schema)(metric)).not.toHaveProperty('problem');
const row = (
  clock: number,
  set: { version?: string; recovery?: string; started?: string } = {},
): Row => [
  set.version ?? '18.4',
  set.recovery ?? 'f',
  set.started ?? '2026-01-02 03:04:05.5+00',
  String(clock),
];
/** Only what a test asks for. */
const only = (metric: Metric, ...names: string[]) => names.map((name) => metric[name]);
const words = (metric: Metric, ...names: string[]) =>
  only(metric, ...names)
    .map((value) => JSON.stringify(value).replaceAll('"', ''))
    .join(' ');

describe('pg_health', () => {
  it(
    'says that the server is up, and which it is',
    marbles(({ expectObservable }) => {
      const server = fakeServer(() => timer(20).pipe(map(() => [row(5000)])));
      expectObservable(read(server).pipe(take(1))).toBe('20ms (h|)', {
        h: {
          type: 'pg_health',
          timestamp: '1970-01-01T00:00:00.000Z',
          server: 'main',
          up: 1,
          last_up_at: '1970-01-01T00:00:00.000Z',
          connect_ms: 1,
          round_trip_ms: 20,
          role: 'primary',
          version: '18.4',
          in_recovery: false,
          started_at: '2026-01-02T03:04:05.5Z',
          clock_difference_ms: 4990,
          pooler: false,
        },
      });
    }),
  );

  it(
    'reads every 10 s',
    marbles(({ expectObservable }) => {
      const ups$ = read(fakeServer(() => of([row(0)]))).pipe(map((metric) => words(metric, 'up')));
      expectObservable(ups$, '^ 25s !').toBe('1 9999ms 1 9999ms 1');
    }),
  );

  it.each([
    [new UnreachableError('refused', 'connect ECONNREFUSED', null), 'refused', null],
    [new UnreachableError('auth', 'password authentication failed', '28P01'), 'auth', '28P01'],
    [new QueryError('57014', 'pg_health/answer', 'canceling statement'), 'timeout', '57014'],
    [new QueryError('53200', 'pg_health/answer', 'out of memory'), 'other', '53200'],
    [new Error('anything'), 'other', null],
  ])('yields up: 0 with the reason and no other figure: %s', (error, reason, sqlstate) => {
    marbles(({ expectObservable }) => {
      const down$ = read(fakeServer(() => throwError(() => error))).pipe(take(1));
      const metric = {
        type: 'pg_health',
        timestamp: '1970-01-01T00:00:00.000Z',
        server: 'main',
        up: 0,
        last_up_at: null,
        reason,
        sqlstate,
        message: error.message,
      };
      valid(metric);
      expectObservable(down$).toBe('(d|)', { d: metric });
    })();
  });

  it(
    'remembers when the server was last up, and says so while it is down',
    marbles(({ expectObservable }) => {
      let tick = 0;
      const server = fakeServer(() =>
        tick++ === 0 ? of([row(0)]) : throwError(() => new UnreachableError('lost', 'gone', null)),
      );
      const seen$ = read(server).pipe(map((metric) => words(metric, 'up', 'last_up_at')));
      expectObservable(seen$, '^ 15s !').toBe('a 9999ms b', {
        a: '1 1970-01-01T00:00:00.000Z',
        b: '0 1970-01-01T00:00:00.000Z',
      });
    }),
  );

  it(
    'does not wait for ever: no answer within 8 s is a time-out, and the next tick asks again',
    marbles(({ expectObservable, cold }) => {
      const never$ = cold<readonly Row[]>('-');
      const seen$ = read(fakeServer(() => never$)).pipe(
        map((metric) => words(metric, 'up', 'reason')),
      );
      expectObservable(seen$, '^ 19s !').toBe('8s a 9999ms a', { a: '0 timeout' });
    }),
  );

  it(
    'leaves connecting out of the round trip',
    marbles(({ expectObservable }) => {
      let connectMs: number | null = null;
      const server = {
        ...fakeServer(() =>
          timer(connectMs === null ? 300 : 5).pipe(
            map(() => {
              connectMs = 290;
              return [row(0)];
            }),
          ),
        ),
        connection: () => ({ connectMs, pooler: false, local: true }),
      };
      const seen$ = read(server).pipe(
        take(1),
        map((metric) => only(metric, 'connect_ms', 'round_trip_ms')),
      );
      expectObservable(seen$).toBe('305ms (a|)', { a: [290, 5] });
    }),
  );

  it.each([
    ['a new version', { version: '18.5' }],
    ['a restart', { started: '2026-01-03 00:00:00+00' }],
    ['a promotion', { recovery: 't' }],
  ])('has the server probed again after %s', (_, change) => {
    marbles(({ expectObservable, flush }) => {
      let tick = 0;
      let forgotten = 0;
      const server = {
        ...fakeServer(() => of([tick++ < 2 ? row(0) : row(0, change)])),
        forget: () => {
          forgotten++;
        },
      };
      expectObservable(read(server).pipe(map(() => forgotten)), '^ 35s !').toBe(
        'a 9999ms a 9999ms b 9999ms b',
        { a: 0, b: 1 },
      );
      flush();
    })();
  });
});

describe('pg_health on a real server', () => {
  const dev = withPostgres();
  function health(user: string): Observable<Metric> {
    const set = { host: dev().host, port: dev().port, user };
    const { server } = openServer(set);
    return read(monitored('main', server, held(connectionSettings(set))));
  }

  it.each(['postgres', 'nothing'])('is up for any role: %s', async (user) => {
    if (user === 'nothing') await dev().sql('CREATE ROLE nothing LOGIN');
    const metric = await firstValueFrom(health(user));
    valid(metric);
    expect(metric).toMatchObject({ up: 1, version: '18.4', role: 'primary', pooler: false });
    expect(Math.abs(Number(metric['clock_difference_ms']))).toBeLessThan(1000);
    expect(metric['connect_ms']).toBeGreaterThan(0);
  });

  it('is down where the server is stopped, with the reason', async () => {
    const health$ = health('postgres');
    await dev().halt();
    const metric = await firstValueFrom(health$);
    valid(metric);
    expect(metric).toMatchObject({ up: 0, reason: 'refused', last_up_at: null });
    expect(metric).not.toHaveProperty('version');
    await dev().resume();
  });
});
