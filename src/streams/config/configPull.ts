import {
  type Observable,
  NEVER,
  asyncScheduler,
  catchError,
  concatMap,
  defer,
  distinctUntilChanged,
  filter,
  ignoreElements,
  map,
  merge,
  of,
  repeat,
  shareReplay,
  startWith,
  switchMap,
  take,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import { backoffDelay } from '../../operators/backoffDelay.ts';
import { steadyClock } from '../../operators/steadyClock.ts';
import type { PulledText } from '../../ports/configFile.ts';
import type { Http } from '../../ports/http.ts';
import type { Config } from '../../schema/config.ts';
import type { Entry } from '../../schema/journal.ts';
import { backendRequest } from '../../sinks/backendRequest.ts';
import type { Credentials, Tokens } from '../../sinks/credentials.ts';
import { type PullOutcome, pullOutcome } from './pullOutcome.ts';

export interface ConfigPullOptions {
  /** The configuration in force: the newest at once, then each change. */
  readonly config$: Observable<Config>;
  readonly credentials$: Tokens['credentials$'];
  readonly http: Http;
  /** The configuration version that receipts of pushes name. */
  readonly versions$: Observable<number>;
  /** Asks again at once, also where pulling is off: SIGHUP. */
  readonly retry$: Observable<unknown>;
  /** Ends it. */
  readonly stop$: Observable<unknown>;
  /** Of this collector, for `User-Agent`. */
  readonly version: string;
  readonly note: (entry: Entry) => void;
  /** A number in [0, 1). Default `Math.random`. */
  readonly random?: () => number;
}

/** How long pulling stays off after the backend refused it, in ms. */
const refusedMs = 3_600_000;
/** Bounds of the wait after a failure, in ms. */
const failed = { firstMs: 30_000, leastMs: 1_000, mostMs: 900_000 };

/**
 * The texts that the backend has for this collector, each once; null where it has none.
 *
 *     asked      a----b----c--d----e      every config_pull_interval; d: a receipt named another version
 *     answers    -1----1----x--2----404   x: 503: tried again with backoff, nothing is said
 *     result     -1------------2----n     n = null
 *
 * Asks `GET /config/{collector_id}` at once where there are credentials, with the address and TLS settings of that
 * moment. 401 and 403 mean that this backend does not serve configuration to collectors: said once, asked again in an
 * hour or on `retry$`; tokens and pushing know nothing of it. Where it has served before, the token is at fault: then the
 * next credentials are reason enough to ask again. Off with `config_pull = false`. Never errors.
 */
export function configPull(options: ConfigPullOptions): Observable<PulledText | null> {
  const { config$, stop$ } = options;
  return config$.pipe(
    map(({ backend }) => (backend.config_pull ? (backend.url ?? null) : null)),
    distinctUntilChanged(),
    switchMap((url) => (url === null ? NEVER : pulls(options))),
    distinctUntilChanged((a, b) => a?.text === b?.text && a?.version === b?.version),
    takeUntil(stop$),
  );
}

/** Asks for ever, one at a time. */
function pulls(options: ConfigPullOptions): Observable<PulledText | null> {
  const { config$, credentials$, versions$, retry$, note, random = Math.random } = options;
  return defer(() => {
    let failures = 0;
    let refused = false;
    let served = false;
    let used: Credentials | undefined;
    let last: PullOutcome = { is: 'absent' };
    // What receipts had named when the last question was asked, or what its answer brought.
    let seen: number | undefined;
    let named: number | undefined;
    const named$ = versions$.pipe(
      distinctUntilChanged(),
      tap((version) => (named = version)),
      startWith(undefined),
      shareReplay({ bufferSize: 1, refCount: true }),
    );

    const learn = (outcome: PullOutcome): void => {
      last = outcome;
      failures = outcome.is === 'failed' ? failures + 1 : 0;
      if (outcome.is === 'text') seen ??= outcome.pulled.version ?? undefined;
      served ||= outcome.is === 'text' || outcome.is === 'absent';
      if (outcome.is === 'refused' && !refused) note(refusal(outcome.status, served));
      refused = outcome.is === 'refused' || (refused && outcome.is === 'failed');
    };
    const waitMs = (intervalMs: number): number => {
      if (refused) return refusedMs;
      if (last.is !== 'failed') return intervalMs;
      const initialMs = Math.min(intervalMs, failed.firstMs);
      const delayMs = backoffDelay(failures, { initialMs, maxMs: failed.mostMs }, random);
      // Those who were told the same do not come back in one instant.
      const askedMs = (last.afterMs ?? 0) * (1 + random() / 4);
      return Math.max(askedMs, delayMs, failed.leastMs);
    };
    /** Emits when it is time to ask again. A changed interval counts from the last answer on. */
    const next$ = (): Observable<unknown> => {
      const waited = steadyClock();
      const clock$ = config$.pipe(
        map(({ collector }) => collector.config_pull_interval * 1000),
        distinctUntilChanged(),
        switchMap((ms) => timer(Math.max(0, waitMs(ms) - waited()))),
      );
      const newer$ = named$.pipe(
        filter((version) => version !== undefined && version !== seen && !refused),
      );
      const renewed$ = credentials$.pipe(filter((newest) => refused && served && newest !== used));
      return merge(clock$, retry$, newer$, renewed$).pipe(take(1));
    };

    const asked$ = defer(() => {
      seen = named ?? seen;
      const spent$ = credentials$.pipe(tap((credentials) => (used = credentials)));
      return ask({ ...options, credentials$: spent$ });
    }).pipe(tap(learn), repeat({ delay: next$ }));
    return merge(asked$, named$.pipe(ignoreElements())).pipe(
      filter((outcome) => outcome.is === 'text' || outcome.is === 'absent'),
      map((outcome) => (outcome.is === 'text' ? outcome.pulled : null)),
    );
  });
}

/** One question and what its answer means; waits for the first credentials. */
function ask({ config$, credentials$, http, version }: ConfigPullOptions): Observable<PullOutcome> {
  return credentials$.pipe(
    take(1),
    switchMap(({ collectorId, token, issued }) =>
      config$.pipe(
        take(1),
        concatMap((config) =>
          http(
            backendRequest(config, {
              name: 'config',
              method: 'GET',
              path: `/config/${encodeURIComponent(collectorId)}`,
              token,
              issued,
              version,
            }),
          ),
        ),
      ),
    ),
    map((reply) => pullOutcome(reply, asyncScheduler.now())),
    catchError(() => of<PullOutcome>({ is: 'failed' })),
  );
}

const refusal = (status: number, served: boolean): Entry => ({
  at: 'notice',
  unit: 'config',
  message: served
    ? `the backend refuses to hand out configuration (${status}): asked again with the next token, at latest in an hour`
    : `the backend does not serve configuration to this collector (${status}): the local file alone counts; ` +
      'asked again in an hour or on SIGHUP (config_pull = false turns it off)',
});
