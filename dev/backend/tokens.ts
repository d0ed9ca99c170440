import { jwtVerify, SignJWT } from 'jose';

/** The claims of a collector's token; times in seconds since 1970. */
export interface TokenClaims {
  readonly collector_id: string;
  readonly hostname: string;
  readonly type: 'access';
  readonly sub: string;
  readonly exp: number;
  readonly iat: number;
  readonly nbf: number;
}

/** What a token is worth, or why it is worth nothing. */
export type Verified = { readonly claims: TokenClaims } | { readonly problem: string };

export interface TokensOptions {
  /** Signs and verifies; at least 32 bytes. */
  readonly secret: string;
  /** How long a token lives, in seconds. */
  readonly lifetimeS: number;
  /** The backend's clock, ms since 1970. */
  readonly now: () => number;
}

/** Issues and verifies HS256 tokens, without any leeway; expires and revokes them on command. */
export class Tokens {
  /** How long a token lives that is issued from now on, in seconds. */
  lifetimeS: number;
  readonly #key: Uint8Array;
  readonly #now: () => number;
  /** Checking a signature is the dearest part of a push, and each collector sends the same token many times. */
  readonly #genuine = new Map<string, TokenClaims>();
  readonly #refused = new Map<string, string>();
  /** All that were issued or seen. */
  readonly #known = new Set<string>();

  constructor(options: TokensOptions) {
    this.lifetimeS = options.lifetimeS;
    this.#key = new TextEncoder().encode(options.secret);
    this.#now = options.now;
  }

  /** A token of this moment. Two of one second are identical. */
  async issue(collectorId: string, hostname: string): Promise<{ token: string; expiresAt: Date }> {
    const iat = Math.floor(this.#now() / 1000);
    const claims: TokenClaims = {
      collector_id: collectorId,
      hostname,
      type: 'access',
      sub: `collector:${collectorId}`,
      exp: iat + this.lifetimeS,
      iat,
      nbf: iat,
    };
    const signer = new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256', typ: 'JWT' });
    const token = await signer.sign(this.#key);
    this.#known.add(token);
    return { token, expiresAt: new Date(claims.exp * 1000) };
  }

  async verify(token: string): Promise<Verified> {
    const refused = this.#refused.get(token);
    if (refused !== undefined) return { problem: refused };
    const claims = this.#genuine.get(token) ?? (await this.#check(token));
    if (claims === null) return { problem: 'token is invalid' };
    const now = this.#now() / 1000;
    if (claims.exp <= now) return { problem: 'token is expired' };
    if (claims.nbf > now) return { problem: 'token is not valid yet' };
    return { claims };
  }

  /** Refuses one token from now on. */
  revoke(token: string): void {
    this.#refused.set(token, 'token is revoked');
  }

  /** Lets every token that was issued or seen up to now count as expired, also for a refresh. */
  expireAll(): void {
    for (const token of this.#known) this.#refused.set(token, 'token is expired');
  }

  async #check(token: string): Promise<TokenClaims | null> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: ['HS256'],
        // Only the signature is checked here: the times are checked at each use.
        currentDate: new Date(0),
        clockTolerance: Number.MAX_SAFE_INTEGER,
      });
      const { collector_id: id, hostname, type, sub, exp, iat, nbf } = payload;
      const complete =
        typeof id === 'string' &&
        typeof hostname === 'string' &&
        type === 'access' &&
        sub === `collector:${id}` &&
        [exp, iat, nbf].every((time) => typeof time === 'number');
      if (!complete) return null;
      this.#known.add(token);
      this.#genuine.set(token, payload as unknown as TokenClaims);
      return payload as unknown as TokenClaims;
    } catch {
      return null;
    }
  }
}
