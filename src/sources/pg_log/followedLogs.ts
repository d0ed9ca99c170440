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
  startWith,
  switchMap,
  take,
  timeout,
} from 'rxjs';
import { poll } from '../../operators/poll.ts';
import type { ServerContext } from '../source.ts';
import {
  type FollowedLog,
  type LogCircumstances,
  type LogFormat,
  followedLog,
} from './followedLog.ts';
import { type LogSettings, logSettings } from './logSettings.ts';
import type { PgLogSettings } from './pgLogSettings.ts';
import { serverOutput } from './serverOutput.ts';

/** How often the server is asked whether it writes its log otherwise, in ms. */
const ASK_MS = 60_000;
/** How long the files wait for the server's answer at the first time, in ms; then the configuration alone counts. */
const ANSWER_MS = 10_000;
/** How long the file system may take to tell whether a directory is there, in ms. */
const LOOK_MS = 2000;

type Known = Omit<LogCircumstances, 'before'>;

/**
 * Which log is to be followed: the first as soon as the server has answered (or has not), then each change; null while
 * there is none. Why there is none is reported, once for each cause.
 *
 * @param options.before - The format that was followed until now.
 * @param options.reloaded$ - The server has read its configuration anew: it is asked at once.
 */
export function followedLogs(
  context: ServerContext<PgLogSettings>,
  {
    before,
    reloaded$,
  }: { readonly before: () => LogFormat | undefined; readonly reloaded$: Observable<unknown> },
): Observable<FollowedLog | null> {
  const { settings$, stop$, trouble, phase, skipped } = context;
  const asked$ = reloaded$.pipe(
    startWith(null),
    // A new clock reads at once.
    switchMap(() =>
      poll({
        period$: settings$.pipe(map(({ enabled }) => (enabled ? ASK_MS : null))),
        stop$,
        phase,
        work: () => ask(context),
        timeoutMs: 2 * ANSWER_MS,
        onError: trouble,
        onSkip: skipped,
      }),
    ),
    // A server that is away for a while writes its log as before.
    scan((last, known) => (known.asked ? known : { ...known, ...last }), {} as Partial<Known>),
    distinctUntilChanged((a, b) => Boolean(a.asked) && JSON.stringify(a) === JSON.stringify(b)),
  );
  return combineLatest([settings$, asked$]).pipe(
    concatMap(([settings, known]) =>
      defer((): Observable<FollowedLog | null> => {
        const { asked = null, local = false, visible = false, output = null } = known;
        if (!settings.enabled || (asked === null && settings.directory === undefined)) {
          return of(null);
        }
        return of(followedLog(settings, { asked, local, visible, output, before: before() }));
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

/** What the server says of its log, and what this host shows of it. */
function ask({
  server,
  host,
  settings$,
  trouble,
}: ServerContext<PgLogSettings>): Observable<Known> {
  function seen(asked: LogSettings): Observable<Known> {
    const { local } = server.connection();
    if (!local) return of({ asked, local, visible: false, output: null });
    if (!asked.collector) {
      return serverOutput(host, asked).pipe(
        map((output) => ({ asked, local, visible: true, output })),
      );
    }
    const visible$ =
      asked.directory === null
        ? of(false)
        : host.device(asked.directory).pipe(
            timeout({ each: LOOK_MS }),
            map(() => true),
            catchError(() => of(false)),
          );
    return visible$.pipe(map((visible) => ({ asked, local, visible, output: null })));
  }
  return logSettings(server).pipe(
    concatMap(seen),
    timeout({ each: ANSWER_MS }),
    catchError((error: unknown) =>
      // Without a directory of its own the source needs the server: its error is what is wrong.
      settings$.pipe(
        take(1),
        map(({ directory }) => {
          if (directory === undefined) trouble(error);
          return { asked: null, local: false, visible: false, output: null };
        }),
      ),
    ),
  );
}
