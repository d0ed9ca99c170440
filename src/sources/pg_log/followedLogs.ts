import {
  type Observable,
  catchError,
  combineLatest,
  concatMap,
  defer,
  distinctUntilChanged,
  map,
  of,
  scan,
  take,
  timeout,
} from 'rxjs';
import { poll } from '../../operators/poll.ts';
import type { ServerContext } from '../source.ts';
import { type FollowedLog, followedLog } from './followedLog.ts';
import { type LogSettings, logSettings } from './logSettings.ts';
import type { PgLogSettings } from './pgLogSettings.ts';

/** How often the server is asked whether it writes its log otherwise, in ms. */
const ASK_MS = 60_000;
/** How long the files wait for the server's answer at the first time, in ms; then the configuration alone counts. */
const ANSWER_MS = 10_000;

/**
 * Which log is to be followed: the first as soon as the server has answered (or has not), then each change; null while
 * there is none. Why there is none is reported, once for each cause.
 */
export function followedLogs(
  context: ServerContext<PgLogSettings>,
): Observable<FollowedLog | null> {
  const { server, settings$, stop$, trouble, phase } = context;
  const asked$ = poll({
    period$: settings$.pipe(map(({ enabled }) => (enabled ? ASK_MS : null))),
    stop$,
    phase,
    work: () =>
      logSettings(server).pipe(
        timeout({ each: ANSWER_MS }),
        map((asked): LogSettings | null => asked),
        catchError((error: unknown) =>
          // Without a directory of its own the source needs the server: its error is what is wrong.
          settings$.pipe(
            take(1),
            map(({ directory }) => {
              if (directory === undefined) trouble(error);
              return null;
            }),
          ),
        ),
      ),
    timeoutMs: 2 * ANSWER_MS,
    onError: trouble,
    onSkip: () => undefined,
  }).pipe(
    // A server that is away for a while writes its log as before.
    scan((last, asked) => asked ?? last, null as LogSettings | null),
    distinctUntilChanged((a, b) => a !== null && JSON.stringify(a) === JSON.stringify(b)),
  );
  return combineLatest([settings$, asked$]).pipe(
    concatMap(([settings, asked]) =>
      defer((): Observable<FollowedLog | null> => {
        if (!settings.enabled || (asked === null && settings.directory === undefined)) {
          return of(null);
        }
        return of(followedLog(settings, asked, server.connection().local));
      }).pipe(
        catchError((error: unknown) => {
          trouble(error);
          return of(null);
        }),
      ),
    ),
    distinctUntilChanged((a, b) => JSON.stringify(a) === JSON.stringify(b)),
  );
}
