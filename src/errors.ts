/** The base of every error that the collector raises on purpose: a stable `code`, a message that says what to do. */
export abstract class CollectorError extends Error {
  abstract readonly code: string;
  /** The name of the class as it is written here: the bundle has shorter ones. */
  abstract override readonly name: string;
}

/** The configuration cannot be used. `problems` has one readable paragraph each: place, excerpt, what was expected. */
export class ConfigError extends CollectorError {
  override readonly name: string = 'ConfigError';
  readonly code = 'ERR_CONFIG';
  readonly problems: readonly string[];
  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join('\n'), options);
    this.problems = problems;
  }
}

/** A secret (password, token, key) cannot be read, or is readable by others. */
export class SecretError extends CollectorError {
  override readonly name: string = 'SecretError';
  readonly code = 'ERR_SECRET';
}

/** A certificate or key cannot be loaded, does not parse, does not match or is not valid now. */
export class CertificateError extends CollectorError {
  override readonly name: string = 'CertificateError';
  readonly code = 'ERR_CERTIFICATE';
}

/** Why a PostgreSQL server could not be reached; the words of `pg_health.reason`. */
export type UnreachableReason =
  | 'refused'
  | 'timeout'
  | 'connect_stalled'
  | 'auth'
  | 'no_such_database'
  | 'too_many_connections'
  | 'starting_up'
  | 'shutting_down'
  | 'in_recovery'
  | 'tls'
  | 'dns'
  | 'network'
  | 'lost'
  | 'other';

/** There is no connection to the PostgreSQL server. */
export class UnreachableError extends CollectorError {
  override readonly name: string = 'UnreachableError';
  readonly code = 'ERR_UNREACHABLE';
  readonly reason: UnreachableReason;
  readonly sqlstate: string | null;
  constructor(
    reason: UnreachableReason,
    message: string,
    sqlstate: string | null,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.reason = reason;
    this.sqlstate = sqlstate;
  }
}

/**
 * A statement was not sent: it was written for another start of the server (see `Query.start`), and what exists there says
 * nothing of the one that answers now.
 */
export class OtherServerError extends CollectorError {
  override readonly name: string = 'OtherServerError';
  readonly code = 'ERR_OTHER_SERVER';
}

/** PostgreSQL refused or cancelled a statement. */
export class QueryError extends CollectorError {
  override readonly name: string = 'QueryError';
  readonly code = 'ERR_QUERY';
  /** Five characters, e.g. `57014`. */
  readonly sqlstate: string;
  /** The query's name, e.g. `pg_stats/tables`. */
  readonly query: string;
  /** Where in the statement, in characters from 1; null where the server does not tell. */
  readonly position: number | null;
  constructor(
    sqlstate: string,
    query: string,
    message: string,
    options?: ErrorOptions & { readonly position?: number | null },
  ) {
    super(message, options);
    this.sqlstate = sqlstate;
    this.query = query;
    this.position = options?.position ?? null;
  }
}

/** Something that the source needs does not exist here: an extension, a kernel interface, a right. Said once, not per tick. */
export class UnavailableError extends CollectorError {
  override readonly name: string = 'UnavailableError';
  readonly code = 'ERR_UNAVAILABLE';
}

/** The backend cannot be reached: DNS, connection, TLS, time-out. `cause` is never an AxiosError. */
export class TransportError extends CollectorError {
  override readonly name: string = 'TransportError';
  readonly code = 'ERR_TRANSPORT';
  /** Node's or axios' code, e.g. `ECONNREFUSED`, `CERT_HAS_EXPIRED`, `ETIMEDOUT`. */
  readonly reason: string;
  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** The backend refused a registration or a token refresh. */
export class RefusedError extends CollectorError {
  override readonly name: string = 'RefusedError';
  readonly code = 'ERR_REFUSED';
  readonly status: number;
  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** A file cannot be read or written. */
export class FileError extends CollectorError {
  override readonly name: string = 'FileError';
  readonly code = 'ERR_FILE';
}

/** The command line cannot be understood. */
export class UsageError extends CollectorError {
  override readonly name: string = 'UsageError';
  readonly code = 'ERR_USAGE';
}

/** A recording cannot be replayed, or holds no reply for a request. */
export class ReplayError extends CollectorError {
  override readonly name: string = 'ReplayError';
  readonly code = 'ERR_REPLAY';
}

/** Every error of ours; `switch (error.code)` narrows it. */
export type AnyCollectorError =
  | ConfigError
  | SecretError
  | CertificateError
  | UnreachableError
  | OtherServerError
  | QueryError
  | UnavailableError
  | TransportError
  | RefusedError
  | FileError
  | ReplayError
  | UsageError;

/** What anything thrown says, for a log or a report. Never serialises the value: it may hold a secret. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message || error.name : String(error);

/** The stable code of anything thrown; `ERR_UNEXPECTED` where it is none of ours. */
export const codeOf = (error: unknown): string =>
  error instanceof CollectorError ? error.code : 'ERR_UNEXPECTED';
