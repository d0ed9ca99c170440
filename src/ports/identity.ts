import type { Observable } from 'rxjs';

/** Reads a secret from its file, anew at each subscription. Errors with `SecretError`. */
export type SecretFile = (path: string) => Observable<Uint8Array>;

/** What registration gave; kept in `state_dir/identity.json`, 0600. */
export interface Identity {
  readonly collectorId: string;
  readonly token: string;
  /** When this token arrived, ms since 1970 by this host's clock: a token's life is measured from here. */
  readonly tokenArrivedAt: number;
  /** RFC 3339, as the backend said it; null where it did not. */
  readonly expiresAt: string | null;
  readonly certificate: string | null;
  readonly privateKey: string | null;
  /** When this collector registered, ms since 1970; unset where an older version did. */
  readonly registeredAt?: number;
  /** When it registered in the place of an older identity: of the last day. Default: never. */
  readonly renewedAt?: readonly number[];
  /** Ids that it had before, the newest last. Default: none. */
  readonly formerIds?: readonly string[];
  /** Set where it was stored on another machine: the state directory is a copy. */
  readonly foreign?: true;
}

export interface IdentityStore {
  /** Emits the stored identity, or null where there is none. Errors with `FileError`, also where others can read it. */
  readonly load: () => Observable<Identity | null>;
  /** Replaces it atomically; emits when it is durable. */
  readonly save: (identity: Identity) => Observable<void>;
}

/** The claims that the collector reads and writes; seconds since 1970. */
export interface Claims {
  readonly collector_id?: string;
  readonly hostname?: string;
  /** `access` */
  readonly type?: string;
  /** `collector:<id>` */
  readonly sub?: string;
  readonly exp?: number;
  readonly iat?: number;
  readonly nbf?: number;
}

export interface Jwt {
  /** Signs HS256 with the secret, read anew from its file. Errors with `SecretError` below 32 bytes. */
  readonly sign: (claims: Claims, secretFile: string) => Observable<string>;
  /** The claims of a token, unverified (only the backend can verify it); null where it is no JWT. */
  readonly decode: (token: string) => Claims | null;
}
