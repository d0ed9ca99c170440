import {
  type Observable,
  catchError,
  concatMap,
  from,
  map,
  of,
  reduce,
  throwError,
  toArray,
} from 'rxjs';
import { QueryError, ReplayError, UnavailableError } from '../../errors.ts';
import type { ServerFacts } from '../../postgres/facts.ts';
import { isPassing } from '../isPassing.ts';
import type { MonitoredServer } from '../source.ts';
import { withFacts } from '../withFacts.ts';
import type { Hold } from './hold.ts';
import type { Looks } from './looks.ts';
import { realPath } from './realPath.ts';

/** Where the data of a server lie on this host. */
export interface Places {
  /** What they were read with; null where a recording does not tell. */
  readonly facts: ServerFacts | null;
  /** Those that are known; none where the server runs elsewhere. */
  readonly places: readonly Hold[];
}

/**
 * Those that have a location of their own. `data_directory` is among the facts: naming it by current_setting() is an error
 * for who may not see it.
 */
const sql = `SELECT pg_catalog.pg_tablespace_location(oid) FROM pg_catalog.pg_tablespace
  WHERE spcname NOT IN ('pg_default', 'pg_global') ORDER BY oid LIMIT 1000`;

/**
 * Reads once where the data of a server lie. Emits once; errors where the server is not there.
 *
 * A path that is missing here is left out: behind a loopback address there can be a container, or a tunnel to another host.
 */
export function readPlaces(
  asked: MonitoredServer,
  looks: Looks,
  trouble: (error: unknown) => void,
): Observable<Places> {
  return withFacts({ server: asked }, (facts, { server }) =>
    tablespaces(server, trouble).pipe(
      concatMap((locations) =>
        server.connection().local ? located(server.name, facts, locations, looks) : of([]),
      ),
      map((places) => ({ facts, places })),
    ),
  ).pipe(
    // Older recordings do not hold this read.
    catchError((error: unknown) =>
      error instanceof ReplayError
        ? of({ facts: null, places: [] })
        : throwError(() => error as Error),
    ),
  );
}

/** One whose link is broken fails them all: the data directory is known all the same. */
function tablespaces(
  server: MonitoredServer,
  trouble: (error: unknown) => void,
): Observable<readonly string[]> {
  return server.query({ name: 'disk_usage/places', sql, lane: 'slow', timeoutMs: 5_000 }).pipe(
    reduce((all: string[], rows) => all.concat(rows.map(([location]) => location ?? '')), []),
    catchError((error: unknown) => {
      if (!(error instanceof QueryError) || isPassing(error)) throw error;
      const what = `${server.name}: where its tablespaces lie is not known`;
      trouble(new UnavailableError(`${what}: ${error.message}`, { cause: error }));
      return of([]);
    }),
  );
}

function located(
  server: string,
  { dataDirectory }: ServerFacts,
  tablespaces: readonly string[],
  looks: Looks,
): Observable<readonly Hold[]> {
  const base = dataDirectory === null ? [] : [dataDirectory];
  const named: readonly Omit<Hold, 'server'>[] = [
    ...base.map((path) => ({ what: 'data_directory' as const, path })),
    ...base.map((path) => ({ what: 'wal' as const, path: `${path}/pg_wal` })),
    ...tablespaces
      // Those that lie in the data directory are named relative to it.
      .flatMap((path) => (path.startsWith('/') ? path : base.map((data) => `${data}/${path}`)))
      .map((path) => ({ what: 'tablespace' as const, path })),
  ];
  return from(named).pipe(
    concatMap(({ what, path }) =>
      realPath(path, looks.link).pipe(map((real): Hold => ({ server, what, path: real }))),
    ),
    concatMap((place) =>
      looks.isHere(place.path).pipe(concatMap((isHere) => (isHere ? [place] : []))),
    ),
    toArray(),
  );
}
