import {
  OtherServerError,
  QueryError,
  SecretError,
  UnreachableError,
  type UnreachableReason,
} from '../../errors.ts';

/** The parts of an error of pg, of Node or of TLS that tell what happened. */
interface Told {
  readonly code: string | undefined;
  readonly message: string;
}

/** Five characters; none begins with E, as Node's EPIPE does. */
const sqlstatePattern = /^[0-9A-DF-Z][0-9A-Z]{4}$/;

const bySqlstate: Readonly<Record<string, UnreachableReason>> = {
  '28000': 'auth',
  '28P01': 'auth',
  '3D000': 'no_such_database',
  '53300': 'too_many_connections',
  '08P01': 'other',
};

/** SQLSTATEs after which a session is gone: what was running says nothing about the statement. */
const sessionEnded = new Set(['57P01', '57P02', '57P03', '57P04', '57P05', '25P03', '25P04']);

const byNodeCode: Readonly<Record<string, UnreachableReason>> = {
  ECONNREFUSED: 'refused',
  ENOENT: 'refused', // no socket file: no server
  ETIMEDOUT: 'timeout',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  EAI_NODATA: 'dns',
  EAI_NONAME: 'dns',
  EHOSTUNREACH: 'network',
  ENETUNREACH: 'network',
  EHOSTDOWN: 'network',
  ENETDOWN: 'network',
  EADDRNOTAVAIL: 'network',
  EACCES: 'network',
  ECONNRESET: 'lost',
  EPIPE: 'lost',
  EPROTO: 'tls',
};

const tlsCode =
  /^(CERT_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|CRL_)/;

function told(error: unknown): Told {
  if (!(error instanceof Error)) return { code: undefined, message: String(error) };
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const message = error.message || (first instanceof Error ? first.message : error.name);
  return { code, message };
}

function reasonOf({ code, message }: Told): UnreachableReason {
  if (code === '57P03') {
    if (/shutting down/i.test(message)) return 'shutting_down';
    return /recovery/i.test(message) ? 'in_recovery' : 'starting_up';
  }
  if (code !== undefined) {
    if (Object.hasOwn(bySqlstate, code)) return bySqlstate[code] ?? 'other';
    if (Object.hasOwn(byNodeCode, code)) return byNodeCode[code] ?? 'other';
    if (sessionEnded.has(code) || code.startsWith('08')) return 'lost';
    return tlsCode.test(code) ? 'tls' : 'other';
  }
  if (/\bSSL\b/.test(message)) return 'tls';
  if (/^SASL|authentication/i.test(message)) return 'auth';
  return message.startsWith('Connection terminated') ? 'lost' : 'other';
}

/** The error of a connection that failed or broke: reason, message and SQLSTATE of whatever pg, Node or TLS raised. */
export function unreachable(error: unknown): UnreachableError {
  if (error instanceof UnreachableError) return error;
  if (error instanceof SecretError) {
    return new UnreachableError('auth', error.message, null, { cause: error });
  }
  const what = told(error);
  const sqlstate = what.code !== undefined && sqlstatePattern.test(what.code) ? what.code : null;
  return new UnreachableError(reasonOf(what), what.message, sqlstate);
}

/** The error of a statement: ours as they are, `QueryError` where the server refused or cancelled it, else what ended the connection. */
export function failed(
  error: unknown,
  query: string,
): QueryError | UnreachableError | OtherServerError {
  if (error instanceof QueryError || error instanceof UnreachableError) return error;
  if (error instanceof OtherServerError) return error;
  const { code, message } = told(error);
  const refused =
    code !== undefined &&
    sqlstatePattern.test(code) &&
    !sessionEnded.has(code) &&
    !code.startsWith('08');
  return refused
    ? new QueryError(code, query, message, { position: positionOf(error) })
    : unreachable(error);
}

function positionOf(error: unknown): number | null {
  const { position } = error as { readonly position?: unknown };
  return typeof position === 'string' && /^\d+$/.test(position) ? Number(position) : null;
}
