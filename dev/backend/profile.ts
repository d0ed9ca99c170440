/** How one of the two backends behaves where they differ. */
export interface Profile {
  readonly name: 'documented' | 'deployed';
  /** Whether a body may be gzip; otherwise it is a 400. */
  readonly gzip: boolean;
  /** Whether a collector's token may read `/config`; otherwise every one is `User not found`. */
  readonly configPull: boolean;
  /** Whether `Idempotency-Key` is honoured. */
  readonly idempotency: boolean;
  /** The metric types that are stored; all others are accepted and counted as not inserted. */
  readonly stores: 'all' | 'pg_query_stats';
  /** Who signs the client certificates that registration issues. */
  readonly issuer: 'authority' | 'self';
  readonly tokenLifetimeS: number;
  /** Whether each client address has a bucket of 1000 requests, refilled by 16 a second. */
  readonly rateLimit: boolean;
  /** A moment as this backend writes it: RFC 3339, with its usual fraction and offset. */
  readonly moment: (at: Date) => string;
}

/** What the specification promises. */
const documented: Profile = {
  name: 'documented',
  gzip: true,
  configPull: true,
  idempotency: true,
  stores: 'all',
  issuer: 'authority',
  tokenLifetimeS: 3600,
  rateLimit: false,
  moment: (at) => at.toISOString(),
};

/** What the backend in the field does. */
const deployed: Profile = {
  name: 'deployed',
  gzip: false,
  configPull: false,
  idempotency: false,
  stores: 'pg_query_stats',
  issuer: 'self',
  tokenLifetimeS: 1800,
  rateLimit: true,
  // Go writes nanoseconds and the local offset.
  moment: (at) => {
    const local = new Date(at.getTime() + 2 * 3_600_000).toISOString();
    return local.replace(/(\.\d{3})Z$/, '$1456789+02:00');
  },
};

/** The two contracts that the collector works with. */
export const profiles = { documented, deployed } as const;
