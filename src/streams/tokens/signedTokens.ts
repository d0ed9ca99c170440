import { type Observable, asyncScheduler, concatMap, defer, map, take } from 'rxjs';
import { SecretError } from '../../errors.ts';
import type { Ports } from '../../ports.ts';
import type { Config } from '../../schema/config.ts';
import type { Grant, Issuer } from './grant.ts';

export interface SignedTokensOptions {
  /** The newest at once. */
  readonly config$: Observable<Pick<Config, 'auth' | 'collector'>>;
  readonly ports: Pick<Ports, 'jwt'>;
  /** How this host is called; also the collector's id where `[collector] id` is not set. */
  readonly hostname: string;
}

const LIFETIME_S = 3_600;
/** Renewed this long before the end: at minute 59. */
const AHEAD_S = 60;
/** Backdated by this much, for a backend whose clock is behind ours. */
const BACKDATE_S = 30;

/**
 * Tokens that the collector signs itself (`[auth] mode = "shared_secret"`): HS256, valid for an hour, renewed at minute 59.
 * The secret is read anew at each signature.
 *
 * Where the backend's clock is known to differ by more than 30 s from ours, tokens are dated by its clock from then on.
 */
export function signedTokens({ config$, ports, hostname }: SignedTokensOptions): Issuer {
  let skewMs = 0;
  function sign(): Observable<Grant> {
    return config$.pipe(
      take(1),
      concatMap(({ auth, collector }) => {
        if (auth.secret_file === undefined) {
          throw new SecretError('[auth] mode is "shared_secret", but secret_file is not set');
        }
        const collectorId = collector.id ?? hostname;
        const now = Math.floor((asyncScheduler.now() + skewMs) / 1000);
        const claims = {
          collector_id: collectorId,
          hostname,
          type: 'access',
          sub: `collector:${collectorId}`,
          iat: now - BACKDATE_S,
          nbf: now - BACKDATE_S,
          exp: now + LIFETIME_S,
        };
        return ports.jwt.sign(claims, auth.secret_file).pipe(
          map((token) => ({
            credentials: { collectorId, token, issued: null },
            renewInMs: (LIFETIME_S - AHEAD_S) * 1000,
          })),
        );
      }),
    );
  }
  const issuer: Issuer = {
    first: sign,
    renew: (_stale, serverNowMs) =>
      defer(() => {
        if (serverNowMs !== undefined) {
          const measuredMs = serverNowMs - asyncScheduler.now();
          skewMs = Math.abs(measuredMs) > BACKDATE_S * 1000 ? measuredMs : 0;
        }
        return sign();
      }),
  };
  return issuer;
}
