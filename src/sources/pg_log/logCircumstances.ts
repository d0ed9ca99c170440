import { type Observable, catchError, concatMap, map, of, timeout } from 'rxjs';
import type { Host, Server } from '../../ports.ts';
import type { LogCircumstances } from './followedLog.ts';
import { type LogSettings, logSettings } from './logSettings.ts';
import { serverOutput } from './serverOutput.ts';

/** How long the file system may take to tell whether a directory is there, in ms. */
const LOOK_MS = 2000;

/** What a server says of its log, and what this host shows of it. */
export function logCircumstances(
  server: Server,
  host: Pick<Host, 'platform' | 'device' | 'link'>,
): Observable<LogCircumstances & { readonly asked: LogSettings }> {
  return logSettings(server).pipe(
    concatMap((asked) => {
      const { local } = server.connection();
      const known = { asked, local, visible: false, output: null };
      if (!local) return of(known);
      if (!asked.collector) {
        return serverOutput(host, asked).pipe(
          map((output) => ({ ...known, visible: true, output })),
        );
      }
      if (asked.directory === null) return of(known);
      return host.device(asked.directory).pipe(
        timeout({ each: LOOK_MS }),
        map(() => ({ ...known, visible: true })),
        catchError(() => of(known)),
      );
    }),
  );
}
