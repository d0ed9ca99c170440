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
import { type FollowedLog, type LogCircumstances, followedLog } from './followedLog.ts';
import type { LogFormat } from './logFormat.ts';
import { logCircumstances } from './logCircumstances.ts';
import type { PgLogSettings } from './pgLogSettings.ts';

/** How often the server is asked whether it writes its log otherwise, in ms. */
const ASK_MS = 60_000;
/** How long the files wait for the server's answer at the first time, in ms; then the configuration alone counts. */
const ANSWER_MS = 10_000;

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
        const {
          asked = null,
          local = false,
          visible = false,
          missing = false,
          output = null,
        } = known;
        if (!settings.enabled || (asked === null && settings.directory === undefined)) {
          return of(null);
        }
        return of(
          followedLog(settings, { asked, local, visible, missing, output, before: before() }),
        );
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

/** What is known now; nothing of a server that does not answer. */
function ask({
  server,
  host,
  settings$,
  trouble,
}: ServerContext<PgLogSettings>): Observable<Known> {
  return logCircumstances(server, host).pipe(
    timeout({ each: ANSWER_MS }),
    catchError((error: unknown) =>
      // Without a directory of its own the source needs the server: its error is what is wrong.
      settings$.pipe(
        take(1),
        map(({ directory }) => {
          if (directory === undefined) trouble(error);
          return { asked: null, local: false, visible: false, missing: false, output: null };
        }),
      ),
    ),
  );
}
