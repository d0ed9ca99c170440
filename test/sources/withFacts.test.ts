import { type Observable, map, of, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { OtherServerError, UnreachableError } from '../../src/errors.ts';
import type { Query, Row } from '../../src/ports/server.ts';
import type { ServerFacts } from '../../src/postgres/facts.ts';
import type { MonitoredServer } from '../../src/sources/source.ts';
import { withFacts } from '../../src/sources/withFacts.ts';
import { marbles } from '../support/marbles.ts';
import { fakeServer } from '../support/serverContext.ts';

const other = new OtherServerError('started anew');
const query: Query = { name: 'a/b', sql: 'SELECT 1', lane: 'slow', timeoutMs: 1 };

/** A server whose nth probe finds the nth start, and which answers queries of `running` alone. */
function server(running: string, asked: Query[] = []) {
  let probes = 0;
  function answer(read: Query): Observable<readonly Row[]> {
    asked.push(read);
    return read.start === running ? timer(1).pipe(map(() => [[running]])) : throwError(() => other);
  }
  const fake = fakeServer(answer);
  function facts(): Observable<ServerFacts> {
    return timer(1).pipe(map(() => ({ start: String(++probes) }) as ServerFacts));
  }
  const found: MonitoredServer & { readonly probes: () => number } = {
    ...fake,
    facts,
    probes: () => probes,
  };
  return found;
}

describe('withFacts', () => {
  it(
    'lets queries go to the start of the server that the facts are of',
    marbles(({ expectObservable, flush }) => {
      const asked: Query[] = [];
      const read$ = withFacts({ server: server('1', asked) }, (_, own) => own.server.query(query));
      expectObservable(read$).toBe('--(r|)', { r: [['1']] });
      flush();
      expect(asked).toEqual([{ ...query, start: '1' }]);
    }),
  );

  it(
    'reads once more, with facts of the server that answers, where that is another one',
    marbles(({ expectObservable }) => {
      const read$ = withFacts({ server: server('2') }, ({ start }, own) =>
        own.server.query(query).pipe(map(([row]) => [start, row?.[0]])),
      );
      expectObservable(read$).toBe('---(r|)', { r: ['2', '2'] });
    }),
  );

  it(
    'fails where another one answers again',
    marbles(({ expectObservable, flush }) => {
      const found = server('3');
      expectObservable(withFacts({ server: found }, (_, own) => own.server.query(query))).toBe(
        '--#',
        undefined,
        other,
      );
      flush();
      expect(found.probes()).toBe(2);
    }),
  );

  it(
    'passes other errors on at once',
    marbles(({ expectObservable, flush }) => {
      const lost = new UnreachableError('lost', 'gone', null);
      const found = server('1');
      expectObservable(withFacts({ server: found }, () => throwError(() => lost))).toBe(
        '-#',
        undefined,
        lost,
      );
      flush();
      expect(found.probes()).toBe(1);
    }),
  );

  it(
    'probes at each subscription, and gives the rest of the context as it is',
    marbles(({ expectObservable }) => {
      const read$ = withFacts({ server: server('1'), name: 'x' }, ({ start }, { name }) =>
        of(`${name}${start}`),
      );
      expectObservable(read$).toBe('-(a|)', { a: 'x1' });
      expectObservable(read$, '--^').toBe('---(b|)', { b: 'x2' });
    }),
  );
});
