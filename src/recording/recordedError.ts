import {
  CertificateError,
  FileError,
  OtherServerError,
  QueryError,
  ReplayError,
  SecretError,
  TransportError,
  UnavailableError,
  UnreachableError,
  type UnreachableReason,
  codeOf,
  messageOf,
} from '../errors.ts';
import { maskQuoted } from '../postgres/logs/redaction/maskQuoted.ts';
import type { RecordedError } from './recorded.ts';

/** An error as plain data: class, code, SQLSTATE or reason, and the message without quoted values. */
export function recordError(error: unknown): RecordedError {
  const name = error instanceof Error ? error.name : 'Error';
  const base = { name, code: codeOf(error), message: maskQuoted(messageOf(error)) };
  if (error instanceof QueryError) {
    return { ...base, sqlstate: error.sqlstate, query: error.query };
  }
  if (error instanceof UnreachableError) {
    return { ...base, sqlstate: error.sqlstate, reason: error.reason };
  }
  if (error instanceof TransportError) return { ...base, reason: error.reason };
  return base;
}

/** The error of a record, of the class that it had. */
export function reviveError({
  name,
  code,
  message,
  sqlstate,
  reason,
  query,
}: RecordedError): Error {
  switch (code) {
    case 'ERR_QUERY':
      return new QueryError(sqlstate ?? 'XX000', query ?? '', message);
    case 'ERR_UNREACHABLE':
      return new UnreachableError(
        (reason ?? 'other') as UnreachableReason,
        message,
        sqlstate ?? null,
      );
    case 'ERR_OTHER_SERVER':
      return new OtherServerError(message);
    case 'ERR_TRANSPORT':
      return new TransportError(reason ?? 'ERR_TRANSPORT', message);
    case 'ERR_CERTIFICATE':
      return new CertificateError(message);
    case 'ERR_SECRET':
      return new SecretError(message);
    case 'ERR_FILE':
      return new FileError(message);
    case 'ERR_REPLAY':
      return new ReplayError(message);
    case 'ERR_UNAVAILABLE':
      return new UnavailableError(message);
    default:
      return Object.assign(new Error(message), { name });
  }
}
