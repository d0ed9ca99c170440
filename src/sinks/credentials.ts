import type { Observable } from 'rxjs';
import type { Transport } from '../ports/http.ts';

/** What a request to the backend carries to prove who sends it. */
export interface Credentials {
  readonly collectorId: string;
  /** JWT; never logged, never in an error. */
  readonly token: string;
  /** Certificate and key that registration issued; null in `shared_secret` mode or where none were. */
  readonly issued: Transport['issued'];
}

/** The credentials in force, kept fresh by their owner (`streams/tokens.ts`). */
export interface Tokens {
  /** The newest at once, where there are any yet, then each that follows. Compare with `Object.is`. */
  readonly credentials$: Observable<Credentials>;
  /**
   * Renews credentials that the backend refused: one renewal at a time, shared by all who wait; where newer ones are
   * there already, those. `serverNowMs`: the backend's clock (header `Date`), to see through a skewed clock of ours.
   *
   * Errors: `RefusedError` where the backend does not renew, `TransportError` where it cannot be asked, `SecretError`.
   */
  readonly refresh: (stale: Credentials, serverNowMs?: number) => Observable<Credentials>;
}
