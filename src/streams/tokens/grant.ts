import type { Observable } from 'rxjs';
import type { Credentials } from '../../sinks/credentials.ts';

/** Credentials and when to renew them. */
export interface Grant {
  readonly credentials: Credentials;
  /** From its arrival on, in ms; null where its life is not known: renewed when it is refused. */
  readonly renewInMs: number | null;
}

/** Where credentials come from; one for each `[auth] mode`. */
export interface Issuer {
  /** The first credentials: stored, signed, or by registration. */
  readonly first: () => Observable<Grant>;
  /** New ones in place of `stale`. `serverNowMs`: the backend's clock, where it is known. */
  readonly renew: (stale: Grant, serverNowMs?: number) => Observable<Grant>;
}
