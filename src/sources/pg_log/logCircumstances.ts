import { type Observable, catchError, concatMap, defaultIfEmpty, map, of, timeout } from 'rxjs';
import { logHelper } from '../../postgres/logs/logHelper.ts';
import type { Host } from '../../ports/host.ts';
import type { Server } from '../../ports/server.ts';
import { isMissing } from '../isMissing.ts';
import type { LogCircumstances } from './followedLog.ts';
import { type LogSettings, logSettings } from './logSettings.ts';
import { serverOutput } from './serverOutput.ts';

/** How long the file system may take to tell whether something is there, in ms. */
const LOOK_MS = 2000;

type Look = Pick<LogCircumstances, 'visible' | 'missing'>;

/**
 * What a server says of its log, and what this host shows of it. That a server is reached by a loopback address does not
 * mean that its files are here: where it may be asked, its newest file must be in that directory.
 */
export function logCircumstances(
  server: Server,
  host: Pick<Host, 'platform' | 'device' | 'link'>,
): Observable<LogCircumstances & { readonly asked: LogSettings }> {
  function here(directory: string, { lists }: LogSettings): Observable<Look> {
    return look(host, directory).pipe(
      concatMap((seen) =>
        seen.visible && lists
          ? newest(server).pipe(
              concatMap((name) => (name === null ? of(seen) : look(host, `${directory}/${name}`))),
            )
          : of(seen),
      ),
    );
  }
  return logSettings(server).pipe(
    concatMap((asked) => {
      const { local } = server.connection();
      const known = { asked, local, visible: false, missing: false, output: null };
      if (!local) return of(known);
      if (!asked.collector) {
        return serverOutput(host, asked).pipe(
          map((output) => ({ ...known, visible: true, output })),
        );
      }
      if (asked.directory === null) return of(known);
      return here(asked.directory, asked).pipe(map((seen) => ({ ...known, ...seen })));
    }),
  );
}

/** The name of the file that the server wrote last; null where it cannot be told. */
function newest(server: Server): Observable<string | null> {
  return server
    .query({ name: 'pg_log/newest', sql: logHelper.newest, lane: 'slow', timeoutMs: 5000 })
    .pipe(
      map(([row]) => row?.[0] ?? null),
      defaultIfEmpty(null),
      catchError(() => of(null)),
    );
}

function look(host: Pick<Host, 'device'>, path: string): Observable<Look> {
  return host.device(path).pipe(
    timeout({ each: LOOK_MS }),
    map(() => ({ visible: true, missing: false })),
    catchError((error: unknown) => of({ visible: false, missing: isMissing(error) })),
  );
}
