import {
  BehaviorSubject,
  type Observable,
  concat,
  ignoreElements,
  map,
  merge,
  of,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { QueryError, ReplayError, UnreachableError } from '../../../src/errors.ts';
import type { Host } from '../../../src/ports/host.ts';
import type { ServerFacts } from '../../../src/postgres/facts.ts';
import { diskUsage } from '../../../src/sources/disk_usage/disk_usage.ts';
import type { MonitoredServer } from '../../../src/sources/source.ts';
import { held, settingsOf } from '../../support/hostContext.ts';
import { marbles } from '../../support/marbles.ts';
import { connectionSettings } from '../../support/serverContext.ts';
import { host, server, space, told } from './placed.ts';

const down = new UnreachableError('refused', 'refused', null);
const none = '[]';
const a = `[a]; /: a tablespace /ts/a; /db: a data_directory /db/a; /db: a tablespace /db/a/pg_tblspc/7; /wal: a wal /wal/a`;

describe('disk_usage holds', () => {
  it(
    'tells which file systems hold a data directory, WAL and tablespaces, from the second reading on',
    marbles(({ expectObservable, flush }) => {
      const main = server('a');
      const { told$, troubles } = told(held([main]));
      expectObservable(told$, '130s !').toBe('n 59999ms a 59999ms a', { n: none, a });
      flush();
      expect(troubles).toEqual([]);
      expect(main.asked).toMatchObject([
        { name: 'disk_usage/places', lane: 'slow', timeoutMs: 5000, start: '1' },
      ]);
    }),
  );

  it(
    'shows no data directory to a role that may not see it, and asks no more often for that',
    marbles(({ expectObservable, flush }) => {
      const main = server('a', {}, { dataDirectory: null });
      const { told$, troubles } = told(held([main]));
      const some = '[a]; /: a tablespace /ts/a';
      expectObservable(told$, '130s !').toBe('n 59999ms s 59999ms s', { n: none, s: some });
      flush();
      expect(troubles).toEqual([]);
      expect(main.asked).toHaveLength(1);
    }),
  );

  it(
    'asks a server on another host nothing, and knows nothing of one whose paths are not here',
    marbles(({ expectObservable, flush }) => {
      const connection = () => ({ connectMs: 1, pooler: false, local: false });
      const far = server('far', { connection });
      const tunnel = server('t', {}, { dataDirectory: '/elsewhere/data' });
      const { told$ } = told(held([far, tunnel]));
      const ts = '[t]; /: t tablespace /ts/t';
      expectObservable(told$, '70s !').toBe('n 59999ms s', { n: none, s: ts });
      flush();
      expect(far.asked).toEqual([]);
    }),
  );

  it(
    'waits for a server that is down at first, and says nothing of it',
    marbles(({ expectObservable, flush }) => {
      let tries = 0;
      const main = server('a');
      const late: MonitoredServer = {
        ...main,
        facts: () => (++tries <= 3 ? throwError(() => down) : main.facts()),
      };
      const { told$, troubles } = told(held([late]));
      // Tries after 5, 10 and 20 s.
      expectObservable(told$, '70s !').toBe('n 59999ms a', { n: none, a });
      flush();
      expect({ tries, troubles }).toEqual({ tries: 4, troubles: [] });
    }),
  );

  it(
    'keeps what it knows while a server is away, and reads again when its facts were probed anew',
    marbles(({ expectObservable, flush }) => {
      const main = server('a');
      const facts = (directory: string) =>
        server('a', {}, { dataDirectory: directory }).knownFacts()!;
      const known$ = new BehaviorSubject<ServerFacts | null>(facts('/db/a'));
      const restarted: MonitoredServer = {
        ...main,
        knownFacts: () => known$.value,
        facts: () => of(known$.value ?? facts('/wal/b')),
      };
      const script$ = concat(
        timer(61_000).pipe(tap(() => known$.next(null))),
        timer(60_000).pipe(tap(() => known$.next(facts('/wal/b')))),
      ).pipe(ignoreElements());
      const { told$ } = told(merge(held([restarted]), script$));
      const b = `[a]; /: a tablespace /ts/a; /wal: a data_directory /wal/b; /wal: a wal /wal/b/pg_wal; /wal: a tablespace /wal/b/pg_tblspc/7`;
      // Known anew at 121 s, seen at 180.005 s.
      const readings = 'n 59999ms a 59999ms a 59999ms a 59999ms b';
      expectObservable(told$, '241s !').toBe(readings, { n: none, a, b });
      flush();
      expect(main.asked).toHaveLength(2);
    }),
  );

  it(
    'reads again every hour',
    marbles(({ flush, expectObservable }) => {
      const main = server('a');
      expectObservable(told(held([main]), { settings: { interval: 86_400 } }).told$, '180m !').toBe(
        'n',
        { n: none },
      );
      flush();
      // At once, and 60 minutes and 5 ms after each.
      expect(main.asked).toHaveLength(3);
    }),
  );

  it(
    'follows servers as they come and go, and other connection settings',
    marbles(({ cold, expectObservable, flush }) => {
      const [first, second] = [server('a'), server('b')];
      const servers$ = cold<readonly MonitoredServer[]>('x 60s y 60s z', {
        x: [first],
        y: [first, second],
        z: [second],
      });
      const b =
        '/: b tablespace /ts/b; /db: b data_directory /db/b; /db: b wal /db/b/pg_wal; /db: b tablespace /db/b/pg_tblspc/7';
      const both =
        '[a,b]; /: a tablespace /ts/a; /: b tablespace /ts/b; /db: a data_directory /db/a; /db: a tablespace /db/a/pg_tblspc/7; ' +
        '/db: b data_directory /db/b; /db: b wal /db/b/pg_wal; /db: b tablespace /db/b/pg_tblspc/7; /wal: a wal /wal/a';
      const values = { n: none, a, c: both, b: `[b]; ${b}` };
      expectObservable(told(servers$).told$, '190s !').toBe(
        'n 59999ms a 59999ms c 59999ms b',
        values,
      );

      const settings$ = cold('x 61s y', {
        x: connectionSettings({ user: 'stranger' }),
        y: connectionSettings({ user: 'monitor' }),
      });
      const changing = server('a', { settings$ });
      expectObservable(told(held([changing])).told$, '130s !').toBe('n 59999ms a 59999ms a', {
        n: none,
        a,
      });
      flush();
      expect(changing.asked).toHaveLength(2);
    }),
  );

  it(
    'knows the data directory where the tablespaces cannot be read, and says so once',
    marbles(({ expectObservable, flush }) => {
      const failure = new QueryError('58P01', 'disk_usage/places', 'could not read symbolic link');
      const broken = server('a', { query: () => throwError(() => failure) });
      const { told$, troubles } = told(held([broken]), { settings: { interval: 3_600 } });
      const data = '[a]; /db: a data_directory /db/a; /wal: a wal /wal/a';
      expectObservable(told$, '7201s !').toBe('d 3599999ms d 3599999ms d', { d: data });
      flush();
      expect(troubles.map(String)).toEqual([
        expect.stringContaining('a: where its tablespaces lie is not known: could not read'),
      ]);
    }),
  );

  it(
    'takes it as no trouble where a recording does not hold the read',
    marbles(({ expectObservable, flush }) => {
      const old = server('a', { query: () => throwError(() => new ReplayError('none')) });
      const { told$, troubles } = told(held([old]));
      expectObservable(told$, '61s !').toBe('n 59999ms n', { n: none });
      flush();
      expect(troubles).toEqual([]);
    }),
  );

  it(
    'reads nothing while the section is off, and keeps the places for the reading in flight at the end',
    marbles(({ cold, expectObservable, flush }) => {
      const off = server('a');
      const settings$ = held(settingsOf(diskUsage, { enabled: false })) as Observable<never>;
      expectObservable(told(held([off]), { settings$ }).told$, '120m !').toBe('');

      const slow: Host = { ...host, space: () => timer(1_000).pipe(map(() => space)) };
      const stop$ = cold('61s s', { s: undefined });
      const servers$ = cold<readonly MonitoredServer[]>('x 61500ms y', { x: [server('a')], y: [] });
      const { told$ } = told(servers$, { host: slow, stop$ });
      // Three mounts in turn, a second each.
      expectObservable(told$).toBe('3s n 59999ms (a|)', { n: none, a });
      flush();
      expect(off.asked).toEqual([]);
    }),
  );
});
