import {
  BehaviorSubject,
  NEVER,
  type Observable,
  concatMap,
  connect,
  defer,
  distinctUntilChanged,
  endWith,
  filter,
  finalize,
  ignoreElements,
  map,
  merge,
  of,
  skip,
  switchMap,
  take,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import { RefusedError, codeOf, messageOf } from '../errors.ts';
import { retryBackoff } from '../operators/retryBackoff.ts';
import { singleFlight } from '../operators/singleFlight.ts';
import type { Ports } from '../ports.ts';
import type { Config } from '../schema/config.ts';
import type { Entry } from '../schema/journal.ts';
import type { Credentials, Tokens } from '../sinks/credentials.ts';
import type { Grant, Issuer } from './tokens/grant.ts';
import { issuedTokens } from './tokens/issuedTokens.ts';
import { signedTokens } from './tokens/signedTokens.ts';

export interface TokensOptions {
  /** The newest at once, then each change. */
  readonly config$: Observable<Config>;
  readonly ports: Pick<Ports, 'http' | 'identity' | 'jwt' | 'secret'>;
  /** As `[collector] hostname` says. */
  readonly hostname: string;
  readonly version: string;
  readonly note: (entry: Entry) => void;
  /** SIGHUP: ends a wait at once, e.g. when the operator has replaced a secret. Default: never. */
  readonly reload$?: Observable<unknown>;
  /** A number in [0, 1). Default `Math.random`. */
  readonly random?: () => number;
}

const HOUR_MS = 3_600_000;
const PAUSE_MS = 900_000;

/**
 * Keeps the credentials fresh while `use` runs, and hands them to it.
 *
 *     first        --g
 *     renewal         -----h          at half the lifetime; minute 59 where we sign
 *     credentials$ --g-----h---
 *     use(tokens)  ----r---r---r|
 *     result       ----r---r---r|
 *
 * Ends with `use`, errors only where `use` does. Failures are noted (`trouble`, unit `tokens`), repeated with backoff, and
 * leave the old credentials in force. A change of `[auth] mode` takes effect at once; the other keys count from the next
 * renewal on.
 */
export function tokens<R>(
  options: TokensOptions,
  use: (tokens: Tokens) => Observable<R>,
): Observable<R> {
  return defer(() => {
    const keeper = keep(options);
    return use(keeper).pipe(
      connect((used$) =>
        merge(
          used$,
          keeper.keeping$.pipe(
            ignoreElements(),
            takeUntil(used$.pipe(ignoreElements(), endWith(null))),
          ),
        ),
      ),
    );
  });
}

interface Keeper extends Tokens {
  readonly keeping$: Observable<unknown>;
}

/** The credentials and the stream that keeps them. One for each subscription of {@link tokens}. */
function keep(options: TokensOptions): Keeper {
  const { config$, note, reload$ = NEVER, random = Math.random } = options;
  const held$ = new BehaviorSubject<{ readonly issuer: Issuer; readonly grant: Grant } | null>(
    null,
  );
  const granted$ = held$.pipe(filter((held) => held !== null));
  let serverNowMs: number | undefined;
  let troubled = false;

  const trouble = (error: unknown): void => {
    troubled = true;
    note({ at: 'trouble', unit: 'tokens', code: codeOf(error), message: messageOf(error) });
  };
  const hold = (issuer: Issuer, grant: Grant): void => {
    if (troubled) note({ at: 'settled', unit: 'tokens' });
    troubled = false;
    held$.next({ issuer, grant });
  };
  const patience = {
    initialMs: 1_000,
    maxMs: 60_000,
    delayMs: pauseOf,
    wake$: merge(config$.pipe(skip(1)), reload$),
    onRetry: trouble,
    random,
  };
  function renew(stale: Grant): Observable<Grant> {
    const held = held$.value;
    if (held?.grant !== stale) return granted$.pipe(take(1), map(grantIn));
    return held.issuer.renew(stale, serverNowMs).pipe(
      tap((grant) => {
        if (held$.value === held) hold(held.issuer, grant);
      }),
    );
  }
  const flights: { readonly renew: (stale: Grant) => Observable<Grant> } = {
    renew: singleFlight(renew),
  };
  const renewing$ = granted$.pipe(
    switchMap(({ grant }) =>
      grant.renewInMs === null
        ? NEVER
        : timer(grant.renewInMs).pipe(
            concatMap(() => flights.renew(grant).pipe(retryBackoff(patience))),
          ),
    ),
  );
  const keeping$ = config$.pipe(
    map(({ auth }) => auth.mode),
    distinctUntilChanged(),
    switchMap((mode) => {
      held$.next(null);
      const issuer = mode === 'issued' ? issuedTokens(options) : signedTokens(options);
      return defer(issuer.first).pipe(
        take(1),
        retryBackoff(patience),
        tap((grant) => hold(issuer, grant)),
        concatMap(() => renewing$),
      );
    }),
  );
  function refresh(stale: Credentials, serverNow?: number): Observable<Credentials> {
    return granted$.pipe(
      take(1),
      concatMap(({ grant }) => {
        if (grant.credentials !== stale) return of(grant);
        serverNowMs = serverNow;
        return flights.renew(grant).pipe(
          tap({ error: trouble }),
          finalize(() => (serverNowMs = undefined)),
        );
      }),
      map(({ credentials }) => credentials),
    );
  }
  const credentials$ = granted$.pipe(
    map(({ grant }) => grant.credentials),
    distinctUntilChanged(),
  );
  const keeper: Keeper = { credentials$, refresh, keeping$ };
  return keeper;
}

const grantIn = ({ grant }: { readonly grant: Grant }): Grant => grant;

/** What the backend refuses it will refuse again soon: an unusable registration made a collector nevertheless. */
function pauseOf(error: unknown): number | undefined {
  if (!(error instanceof RefusedError)) return undefined;
  return error.status < 300 ? HOUR_MS : PAUSE_MS;
}
