import {
  type Observable,
  asyncScheduler,
  catchError,
  concat,
  concatMap,
  defer,
  ignoreElements,
  map,
  of,
  take,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { RefusedError, TransportError, codeOf, messageOf } from '../../errors.ts';
import { retryBackoff } from '../../operators/retryBackoff.ts';
import type { Ports } from '../../ports.ts';
import type { Claims, Identity } from '../../ports/identity.ts';
import type { Config } from '../../schema/config.ts';
import type { Entry } from '../../schema/journal.ts';
import { backendRequest } from '../../sinks/backendRequest.ts';
import { neverSent } from '../../sinks/neverSent.ts';
import { answerOf, textField } from './answer.ts';
import type { Grant, Issuer } from './grant.ts';
import { registration } from './registration.ts';
import { registrationLimit } from './registrationLimit.ts';

export interface IssuedTokensOptions {
  /** The newest at once. */
  readonly config$: Observable<Config>;
  readonly ports: Pick<Ports, 'http' | 'identity' | 'jwt' | 'secret'>;
  readonly hostname: string;
  readonly version: string;
  readonly note: (entry: Entry) => void;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A token this young that is refused may not be valid yet at a backend whose clock is behind its issuer's. */
const YOUNG_MS = 5_000;
/** Least time between two scheduled renewals: a token without a life must not make a hot loop. */
const MIN_WAIT_MS = 500;
/** Longest wait for a token to become valid. */
const MAX_NBF_WAIT_MS = 60_000;

/**
 * Tokens that the backend issues (`[auth] mode = "issued"`): register once, store, refresh at half the lifetime.
 *
 * A token's life is measured as `exp − iat` from its arrival, so that a skewed clock does no harm. A token that can no
 * longer be refreshed leads to a new registration where `reregister` and a registration secret allow it, within
 * `registrationLimit`: each makes a new collector. So does an identity of another machine.
 */
export function issuedTokens(options: IssuedTokensOptions): Issuer {
  const { config$, ports, note, hostname, version } = options;
  let identity: Identity | null = null;

  /** Stores it; that it serves does not depend on that. */
  function kept(changed: Identity): Observable<void> {
    identity = changed;
    return ports.identity.save(changed).pipe(
      catchError((error: unknown) => {
        note(troubleOf(error));
        return of(undefined);
      }),
    );
  }

  function register(config: Config, before: Identity | null): Observable<Grant> {
    return registration({ config, ports, hostname, version }).pipe(
      tap({
        error: (error: unknown) => {
          if (mayHaveMade(error)) note(orphan);
        },
      }),
      map((issued) => ({ ...issued, ...(before && registrationLimit.inherited(before)) })),
      concatMap((issued) =>
        // A second registration would make a second collector: only the storing is repeated.
        ports.identity.save(issued).pipe(
          retryBackoff({
            initialMs: 1_000,
            maxMs: 60_000,
            onRetry: (error) => note(troubleOf(error)),
          }),
          map(() => issued),
        ),
      ),
      map((issued) => {
        identity = issued;
        note({
          at: 'notice',
          unit: 'tokens',
          message: `registered as collector ${issued.collectorId}`,
        });
        return grantOf(issued, ports.jwt);
      }),
    );
  }

  /** `refused`: what makes the identity useless. */
  function registerAnew(config: Config, held: Identity, refused: RefusedError): Observable<Grant> {
    const { reregister, registration_secret_file } = config.auth;
    const now = asyncScheduler.now();
    const reached = registrationLimit.reached(held, now);
    if (reregister === 'never' || registration_secret_file === undefined || reached !== null) {
      const why =
        reached ??
        'registering anew is not configured ([auth] reregister, registration_secret_file)';
      return throwError(() => new RefusedError(refused.status, `${refused.message}; ${why}`));
    }
    const counted = registrationLimit.counted(held, now);
    return kept(counted).pipe(
      concatMap(() => register(config, counted)),
      catchError((error: unknown) => {
        // Where nothing can have been made at the backend, nothing is counted.
        if (mayHaveMade(error)) throw error;
        const refused$ = defer((): never => {
          throw error;
        });
        return concat(kept(held).pipe(ignoreElements()), refused$);
      }),
    );
  }

  function ofOtherMachine(config: Config, stored: Identity): Observable<Grant> {
    const { collectorId } = stored;
    const message = `this state directory was made on another machine (a copied image?), where collector ${collectorId} lives`;
    note({
      at: 'notice',
      unit: 'tokens',
      message: `${message}: this host becomes a collector of its own`,
    });
    return registerAnew(config, stored, new RefusedError(403, message));
  }

  function refresh(config: Config, stale: Identity): Observable<Grant> {
    return defer(() =>
      ports.http(
        backendRequest(config, {
          name: 'refresh',
          method: 'POST',
          path: '/collectors/refresh-token',
          token: stale.token,
          issued: issuedOf(stale),
          version,
        }),
      ),
    ).pipe(
      map((reply): Identity => {
        const answer = answerOf('refresh', reply, [stale.token]);
        const token = textField(answer, 'token');
        const claims = token === null ? null : ports.jwt.decode(token);
        if (token === null || claims === null || isOthers(claims, stale)) {
          throw new TransportError(
            'ERR_UNRECOGNISED_ANSWER',
            'refresh: the answer holds no token for this collector',
          );
        }
        const expiresAt = textField(answer, 'expires_at');
        return { ...stale, token, expiresAt, tokenArrivedAt: asyncScheduler.now() };
      }),
      // The token serves even where it cannot be stored: after a restart the old one is refreshed again.
      concatMap((fresh) => kept(fresh).pipe(map(() => grantOf(fresh, ports.jwt)))),
      catchError((error: unknown) => {
        if (!(error instanceof RefusedError)) throw error;
        if (error.status === 401) return registerAnew(config, stale, error);
        throw error.status === 404 ? deleted(stale) : error;
      }),
    );
  }

  const issuer: Issuer = {
    first: () =>
      ports.identity.load().pipe(
        concatMap((stored) => {
          identity = stored;
          if (stored !== null && !stored.foreign) return of(grantOf(stored, ports.jwt));
          return config$.pipe(
            take(1),
            concatMap((config) =>
              stored ? ofOtherMachine(config, stored) : register(config, null),
            ),
          );
        }),
      ),
    renew: (stale, serverNowMs) =>
      defer(() => {
        const held = identity;
        if (held === null) return issuer.first();
        const waitMs = untilValid(held, ports.jwt, serverNowMs);
        if (waitMs > 0) return timer(waitMs).pipe(map(() => ({ ...stale })));
        return config$.pipe(
          take(1),
          concatMap((config) => refresh(config, held)),
        );
      }),
  };
  return issuer;
}

/** Whether a registration that failed may have made a collector at the backend nevertheless. */
const mayHaveMade = (error: unknown): boolean =>
  error instanceof RefusedError ? error.status < 300 : !neverSent(error);

/** Counted by its code: the backend may hold as many collectors that nobody uses. */
const orphan: Entry = {
  at: 'trouble',
  unit: 'tokens',
  code: 'ERR_ORPHAN',
  message:
    'a registration was sent and its answer was lost or unusable: the backend may hold a collector that nobody uses',
};

/** At half the lifetime: for any life above 2 min that is more than 60 s before its end. */
function grantOf(identity: Identity, jwt: Ports['jwt']): Grant {
  const { token, tokenArrivedAt, expiresAt, collectorId } = identity;
  const { exp, iat } = jwt.decode(token) ?? {};
  const lifeMs =
    exp !== undefined && iat !== undefined
      ? (exp - iat) * 1000
      : Date.parse(expiresAt ?? '') - tokenArrivedAt;
  const ageMs = asyncScheduler.now() - tokenArrivedAt;
  // A stored token from the future: the clock was set back, nothing is known of its age.
  const leftMs = ageMs < 0 ? 0 : lifeMs / 2 - ageMs;
  return {
    credentials: { collectorId, token, issued: issuedOf(identity) },
    renewInMs: Number.isFinite(lifeMs) ? Math.min(Math.max(leftMs, MIN_WAIT_MS), DAY_MS) : null,
  };
}

/** How long a fresh token must still wait for its `nbf` by the backend's clock, in ms; 0 where that is not the matter. */
function untilValid(identity: Identity, jwt: Ports['jwt'], serverNowMs?: number): number {
  const ageMs = asyncScheduler.now() - identity.tokenArrivedAt;
  const { nbf } = jwt.decode(identity.token) ?? {};
  if (serverNowMs === undefined || nbf === undefined || ageMs >= YOUNG_MS) return 0;
  const waitMs = nbf * 1000 - serverNowMs;
  return waitMs > 0 && waitMs <= MAX_NBF_WAIT_MS ? waitMs : 0;
}

const issuedOf = ({ certificate, privateKey }: Identity): Grant['credentials']['issued'] =>
  certificate !== null && privateKey !== null ? { certificate, privateKey } : null;

const isOthers = ({ collector_id }: Claims, { collectorId }: Identity): boolean =>
  collector_id !== undefined && collector_id !== collectorId;

const deleted = ({ collectorId }: Identity): RefusedError =>
  new RefusedError(
    404,
    `the backend no longer knows collector ${collectorId} (deleted there?); to register this host anew, remove ` +
      'identity.json from state_dir and restart',
  );

const troubleOf = (error: unknown): Entry => ({
  at: 'trouble',
  unit: 'tokens',
  code: codeOf(error),
  message: messageOf(error),
});
