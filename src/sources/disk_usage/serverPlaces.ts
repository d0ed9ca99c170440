import {
  type Observable,
  concat,
  defer,
  distinctUntilChanged,
  filter,
  interval,
  map,
  of,
  repeat,
  switchMap,
  take,
  tap,
} from 'rxjs';
import { CollectorError, messageOf } from '../../errors.ts';
import { retryBackoff } from '../../operators/retryBackoff.ts';
import type { ServerFacts } from '../../postgres/facts.ts';
import { connectionOf } from '../../schema/connectionOf.ts';
import type { Context, MonitoredServer } from '../source.ts';
import type { Hold } from './hold.ts';
import type { Looks } from './looks.ts';
import { readPlaces } from './readPlaces.ts';

/** Waits for a server that is not there grow between these bounds, in ms. */
const AGAIN = { initialMs: 10_000, maxMs: 300_000 };
/** How often it is seen whether facts were probed anew, in ms; and after how many such looks it reads again at latest. */
const CHECK_MS = 60_000;
const CHECKS = 60;

/**
 * Where the data of a server lie on this host: read at once, hourly, and after its facts were probed anew (it was started
 * anew, another one answers, SIGHUP).
 *
 *     server   down------up------------restarted-----
 *     read     #    #     -p------------#-q----------      backoff while it is away
 *     result   n-----------p--------------q----------      n = none
 *
 * What was read last stays while the server is away, and goes with other connection settings. Nothing is read of a server on
 * another host. Never errors.
 */
export function serverPlaces(
  server: MonitoredServer,
  looks: Looks,
  { random, trouble }: Pick<Context<never>, 'random' | 'trouble'>,
): Observable<readonly Hold[]> {
  function reading(): Observable<readonly Hold[]> {
    let readWith: ServerFacts | null = null;
    let said = '';
    const once = (error: unknown): void => {
      const message = messageOf(error);
      if (message !== said) trouble(error);
      said = message;
    };
    return defer(() => readPlaces(server, looks, once)).pipe(
      tap(({ facts }) => (readWith = facts)),
      retryBackoff({
        ...AGAIN,
        random,
        // That it is away is told by all who read it.
        onRetry: (error) => {
          if (!(error instanceof CollectorError)) once(error);
        },
      }),
      repeat({ delay: () => due(server, () => readWith) }),
      map(({ places }) => places),
    );
  }
  return server.settings$.pipe(
    map(connectionOf),
    distinctUntilChanged(),
    switchMap(() => (server.connection().local ? concat(of([]), defer(reading)) : of([]))),
  );
}

/** Emits once when the places are to be read again. */
function due(server: MonitoredServer, readWith: () => ServerFacts | null): Observable<unknown> {
  return interval(CHECK_MS).pipe(
    filter((check) => {
      const before = readWith();
      const now = server.knownFacts();
      return check + 1 >= CHECKS || (before !== null && now !== null && now !== before);
    }),
    take(1),
  );
}
