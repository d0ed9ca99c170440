import {
  BehaviorSubject,
  EMPTY,
  type Observable,
  catchError,
  concat,
  defer,
  ignoreElements,
  map,
  of,
  switchMap,
  throwError,
  toArray,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { OtherServerError, QueryError } from '../../../src/errors.ts';
import type { Query, Row, Server } from '../../../src/ports/server.ts';
import type { ServerSettings } from '../../../src/schema/config.ts';
import { monitored } from '../../../src/streams/collect/servers.ts';
import { marbles } from '../../support/marbles.ts';
import { failing, probed, serverRow } from '../../support/probedServer.ts';
import { connectionSettings } from '../../support/serverContext.ts';

const read: Query = { name: 'a/b', sql: 'SELECT f()', lane: 'fast', timeoutMs: 1 };
const FIRST = '180004 1.5';

/** A server whose role lacks the right for `read`, as sources see it. */
interface Refusing {
  readonly settings$: BehaviorSubject<ServerSettings>;
  /** A source's turn: the facts, and the read; how often that was sent until then. */
  readonly turn: () => Observable<number>;
  /** Another source reads, with the facts of a start. */
  readonly elsewhere: (of: string) => Observable<never>;
  readonly restart: () => void;
  readonly probes: () => number;
}

function refusing(): Refusing {
  let start = FIRST;
  let sent = 0;
  const fake = probed({
    get 'facts/server'() {
      return [serverRow('18.4', undefined, 't', start)];
    },
  });
  const denied = failing(new QueryError('42501', read.name, 'permission denied'), fake);
  function query(asked: Query): Observable<readonly Row[]> {
    return defer(() => {
      if (asked.start !== undefined && asked.start !== start) {
        return throwError(() => new OtherServerError('started anew'));
      }
      if (asked.name === read.name) sent++;
      return denied.query(asked);
    });
  }
  const server: Server = { ...fake.server, query };
  const settings$ = new BehaviorSubject(connectionSettings());
  const seen = monitored('main', server, settings$);
  const found: Refusing = {
    settings$,
    turn: () =>
      seen.facts().pipe(
        switchMap(() => seen.query(read)),
        catchError(() => of(0)),
        map(() => sent),
      ),
    elsewhere: (of) =>
      seen.query({ ...read, name: 'a/other', start: of }).pipe(
        catchError(() => EMPTY),
        ignoreElements(),
      ),
    restart: () => (start = '180004 2.5'),
    probes: fake.probes,
  };
  return found;
}

/** Nothing is read meanwhile. */
function meanwhile(act: () => void): Observable<never> {
  return defer(() => {
    act();
    return EMPTY;
  });
}

describe('a statement without its right, of a monitored server', () => {
  it(
    'is sent again at once over other connection settings, and not for other settings',
    marbles(({ expectObservable }) => {
      const { settings$, turn } = refusing();
      function set(to: Parameters<typeof connectionSettings>[0]): Observable<never> {
        return meanwhile(() => settings$.next(connectionSettings(to)));
      }
      const sent$ = concat(
        ...[turn(), turn()],
        ...[set({ budget: 2 }), turn()],
        ...[set({ user: 'monitor' }), turn(), turn()],
      );
      // The facts take 4 ms, before the first turn, after its error and for the other role; what is missing 2 ms.
      expectObservable(sent$.pipe(toArray())).toBe('16ms (s|)', { s: [1, 1, 1, 2, 2] });
    }),
  );

  it(
    'costs one more probe, though no other source keeps what was found',
    marbles(({ expectObservable, flush }) => {
      const { turn, probes } = refusing();
      const turns$ = concat(turn(), turn(), turn(), turn());
      expectObservable(turns$).toBe('------1---(111|)', { 1: 1 });
      flush();
      expect(probes()).toBe(2);
    }),
  );

  it(
    'is sent again at once where another start of the server answers',
    marbles(({ expectObservable, flush }) => {
      const { turn, elsewhere, restart, probes } = refusing();
      const sent$ = concat(
        ...[turn(), turn()],
        // Written for a start before: that one is over for all.
        ...[elsewhere('170000 1.5'), turn()],
        ...[meanwhile(restart), elsewhere(FIRST), turn(), turn()],
      );
      expectObservable(sent$.pipe(toArray())).toBe('16ms (s|)', { s: [1, 1, 1, 2, 2] });
      flush();
      expect(probes()).toBe(3);
    }),
  );
});
