import {
  EMPTY,
  type Observable,
  catchError,
  defer,
  expand,
  last,
  map,
  of,
  shareReplay,
  switchMap,
  throwError,
  timer,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { OtherServerError, QueryError, UnreachableError } from '../../../src/errors.ts';
import type { Query, Row } from '../../../src/ports/server.ts';
import type { ServerSettings } from '../../../src/schema/config.ts';
import { monitored } from '../../../src/streams/collect/servers.ts';
import { held } from '../../support/hostContext.ts';
import { marbles } from '../../support/marbles.ts';
import { failing, probed, serverRow, statementsIn } from '../../support/probedServer.ts';
import { connectionSettings } from '../../support/serverContext.ts';

const read: Query = { name: 'a/b', sql: 'SELECT 1', lane: 'fast', timeoutMs: 1 };
const settings$ = held(connectionSettings());
const HOUR = 3_600_000;

describe('monitored', () => {
  it(
    'probes when it is first asked, and shares what it found',
    marbles(({ cold, expectObservable, flush }) => {
      const fake = probed();
      const server = monitored('main', fake.server, settings$);
      expect(fake.asked).toEqual([]);
      const versions$ = cold('a-b-----c|').pipe(
        switchMap(() => server.facts()),
        map(({ version }) => version),
      );
      const other$ = cold('-a|').pipe(
        switchMap(() => server.facts()),
        map(({ version }) => version),
      );
      expectObservable(versions$).toBe('----v---v|', { v: '18.4' });
      expectObservable(other$).toBe('----(v|)', { v: '18.4' });
      flush();
      expect(fake.probes()).toBe(1);
    }),
  );

  it(
    'knows columns, functions, settings, the role and the instance',
    marbles(({ expectObservable }) => {
      const facts$ = monitored('main', probed().server, settings$).facts();
      const told$ = facts$.pipe(
        map((facts) => ({
          has: [
            'pg_stat_io',
            'pg_stat_io.reads',
            'pg_stat_io.hits',
            'pg_stat_get_wal()',
            'pg_stat_wal',
            'pg_stat_statements.calls',
          ].map(facts.has),
          on: [facts.isOn('track_io_timing'), facts.isOn('fsync'), facts.setting('fsync')],
          role: facts.role,
          instance: [facts.systemIdentifier, facts.timeline, facts.startedAt, facts.inRecovery],
          statements: facts.statements?.database,
        })),
      );
      expectObservable(told$).toBe('----(t|)', {
        t: {
          has: [true, true, false, true, false, true],
          on: [true, false, null],
          role: { name: 'monitor', superuser: false, monitor: true },
          instance: ['18446744073709551615', 7, '2026-01-02T03:04:05Z', false],
          statements: 'postgres',
        },
      });
    }),
  );

  it(
    'asks for pg_control only where it may',
    marbles(({ expectObservable, flush }) => {
      const row = serverRow('18.4', null, 'f');
      const fake = probed({ 'facts/server': [row] });
      const facts$ = monitored('main', fake.server, settings$).facts();
      expectObservable(facts$.pipe(map(({ systemIdentifier }) => systemIdentifier))).toBe(
        '--(n|)',
        { n: null },
      );
      flush();
      expect(fake.asked).not.toContain('facts/control');
    }),
  );

  it(
    'looks for pg_stat_statements in other databases until one can be read',
    marbles(({ expectObservable, flush }) => {
      const fake = probed({
        'facts/server': [serverRow('18.4', null)],
        'facts/databases': [['empty'], ['never'], ['shop'], ['stranger'], ['latin']],
        'facts/statements@latin': [[statementsIn('latin', 'LATIN1')]],
        'facts/statements@shop': [[statementsIn('shop')]],
      });
      const settings = connectionSettings({
        databases: ['postgres', 'empty', 'latin', 'shop', 'missing'],
      });
      const facts$ = monitored('main', fake.server, held(settings)).facts();
      expectObservable(facts$.pipe(map((facts) => facts.statements?.database))).toBe(
        '--------(s|)',
        { s: 'shop' },
      );
      flush();
      expect(fake.asked.filter((name) => name.includes('@'))).toEqual([
        'facts/statements@empty',
        'facts/statements@shop',
      ]);
    }),
  );

  it(
    'says why pg_stat_statements cannot be read',
    marbles(({ expectObservable }) => {
      function why(json: string | null) {
        const { server } = probed({ 'facts/server': [serverRow('18.4', json)] });
        return monitored('main', server, settings$)
          .facts()
          .pipe(
            map(({ statements, statementsUnavailable }) => [statements, statementsUnavailable]),
          );
      }
      expectObservable(why(null)).toBe('----(w|)', {
        w: [null, 'no database that is read has the extension pg_stat_statements'],
      });
      expectObservable(why(JSON.stringify(['a', 'UTF8', 'public', '1.12', ['calls'], false]))).toBe(
        '----(w|)',
        {
          w: [null, 'pg_stat_statements is not in shared_preload_libraries'],
        },
      );
      expectObservable(why(statementsIn('a', 'LATIN1'))).toBe('----(w|)', {
        w: [null, 'pg_stat_statements is only in a, whose encoding is LATIN1, not UTF8'],
      });
    }),
  );

  /** Facts, then `act`, then facts again: how often it probed. */
  function probesAround(
    act: (server: ReturnType<typeof monitored>) => Observable<unknown>,
    error?: Error,
    rounds = 1,
    set: Parameters<typeof probed>[0] = {},
  ): Observable<number> {
    const fake = probed(set);
    const server = monitored('main', error ? failing(error, fake) : fake.server, settings$);
    return server.facts().pipe(
      expand((_, round) =>
        round < rounds
          ? act(server).pipe(
              catchError(() => of(0)),
              switchMap(() => server.facts()),
            )
          : EMPTY,
      ),
      last(),
      map(() => fake.probes()),
    );
  }

  it(
    'probes again after an hour',
    marbles(({ expectObservable }) => {
      expectObservable(probesAround(() => timer(HOUR - 5))).toBe(`${HOUR - 1}ms (p|)`, { p: 1 });
      expectObservable(probesAround(() => timer(HOUR - 4))).toBe(`${HOUR + 4}ms (p|)`, { p: 2 });
    }),
  );

  it(
    'probes again after forget()',
    marbles(({ expectObservable }) => {
      function forget(server: ReturnType<typeof monitored>) {
        server.forget();
        return of(0);
      }
      expectObservable(probesAround(forget)).toBe('--------(p|)', { p: 2 });
    }),
  );

  it(
    'keeps what it knows after a lost connection: who answers next tells whether it is the same',
    marbles(({ expectObservable }) => {
      const lost = new UnreachableError('lost', 'gone', null);
      expectObservable(probesAround((server) => server.query(read), lost)).toBe('----(p|)', {
        p: 1,
      });
    }),
  );

  it(
    'probes again after a lost connection where no start is told',
    marbles(({ expectObservable }) => {
      const lost = new UnreachableError('lost', 'gone', null);
      const untold = { 'facts/server': [serverRow('18.4').slice(0, 12)] };
      const around$ = probesAround((server) => server.query(read), lost, 1, untold);
      expectObservable(around$).toBe('--------(p|)', { p: 2 });
    }),
  );

  it(
    'probes again where another server answers than it was probed at',
    marbles(({ expectObservable }) => {
      const other = new OtherServerError('started anew');
      const stale = { ...read, start: '180004 1.5' };
      expectObservable(probesAround((server) => server.query(stale), other)).toBe('--------(p|)', {
        p: 2,
      });
      // Written for one before: that is known already.
      const older = { ...read, start: '170000 1.5' };
      expectObservable(probesAround((server) => server.query(older), other)).toBe('----(p|)', {
        p: 1,
      });
    }),
  );

  it(
    'fails a probe whose reads are of two starts',
    marbles(({ expectObservable }) => {
      const { server } = probed({ 'facts/catalog': [['start', '180004 2.5']] });
      const facts$ = monitored('main', server, settings$).facts();
      expectObservable(facts$).toBe(
        '--#',
        undefined,
        new OtherServerError('it was started anew while it was looked at'),
      );
    }),
  );

  it.each(['42703', '42883', '42501', '0A000'])('probes again after %s, once', (sqlstate) => {
    marbles(({ expectObservable }) => {
      const error = new QueryError(sqlstate, 'a/b', 'not as it was');
      // What is missing of a right is asked for 2 ms, once.
      const probed = sqlstate === '42501' ? '----------(p|)' : '--------(p|)';
      expectObservable(probesAround((server) => server.query(read), error, 3)).toBe(probed, {
        p: 2,
      });
    })();
  });

  it(
    'does not probe again after other errors',
    marbles(({ expectObservable }) => {
      const error = new QueryError('57014', 'a/b', 'timeout');
      expectObservable(probesAround((server) => server.query(read), error)).toBe('----(p|)', {
        p: 1,
      });
    }),
  );

  it(
    'probes another server after new connection settings, and passes them on without the password',
    marbles(({ cold, expectObservable, flush }) => {
      const fake = probed();
      const changing$ = cold<ServerSettings>('a-----b', {
        a: connectionSettings({ password: 'secret' }),
        b: connectionSettings({ host: 'other', password: 'secret' }),
      }).pipe(shareReplay({ bufferSize: 1, refCount: true }));
      const server = monitored('main', fake.server, changing$);
      const probes$ = cold('x---------y|').pipe(
        switchMap(() => server.facts()),
        map(() => fake.probes()),
      );
      expectObservable(
        server.settings$.pipe(map((settings) => Object.keys(settings).includes('password'))),
      ).toBe('n-----n', { n: false });
      expectObservable(probes$).toBe('----1---------(2|)', { 1: 1, 2: 2 });
      flush();
    }),
  );

  it(
    'passes an error of the probe on, and probes anew the next time',
    marbles(({ cold, expectObservable }) => {
      let times = 0;
      const fake = probed();
      const server = monitored(
        'main',
        {
          ...fake.server,
          query: (query) =>
            defer(() =>
              times++ === 0 ? throwError(() => new Error('not yet')) : fake.server.query(query),
            ),
        },
        settings$,
      );
      const facts$ = () =>
        server.facts().pipe(
          map(({ version }) => version),
          catchError(() => of('failed')),
        );
      expectObservable(cold('x-y---|').pipe(switchMap(facts$))).toBe('f-----(v|)', {
        f: 'failed',
        v: '18.4',
      });
    }),
  );

  it(
    'stops probing when nobody waits',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const asked$ = cold<readonly Row[]>('----------r|');
      const server = monitored('main', { ...probed().server, query: () => asked$ }, settings$);
      expectObservable(server.facts(), '^--!').toBe('----');
      expectSubscriptions(asked$.subscriptions).toBe(['^--!', '^--!']);
    }),
  );
});
