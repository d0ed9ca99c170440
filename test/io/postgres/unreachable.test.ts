import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { QueryError, SecretError, UnreachableError } from '../../../src/errors.ts';
import { failed, unreachable } from '../../../src/io/postgres/unreachable.ts';

const withCode = (code: string, message = 'said so') => Object.assign(new Error(message), { code });

function fromServer(code: string, message = 'said so'): Error {
  const error = new pg.DatabaseError(message, 10, 'error');
  error.code = code;
  return error;
}

describe('unreachable', () => {
  it.each([
    ['28P01', 'auth'],
    ['28000', 'auth'],
    ['3D000', 'no_such_database'],
    ['53300', 'too_many_connections'],
    ['57P01', 'lost'],
    ['08006', 'lost'],
    ['XX000', 'other'],
  ])('takes the reason from SQLSTATE %s: %s', (code, reason) => {
    expect(unreachable(fromServer(code))).toMatchObject({ reason, sqlstate: code });
  });

  it.each([
    ['the database system is starting up', 'starting_up'],
    ['the database system is not yet accepting connections', 'starting_up'],
    ['the database system is shutting down', 'shutting_down'],
    ['the database system is in recovery mode', 'in_recovery'],
    ['das Datenbanksystem startet', 'starting_up'],
  ])('tells the cases of 57P03 apart: %s', (message, reason) => {
    expect(unreachable(fromServer('57P03', message))).toMatchObject({ reason, sqlstate: '57P03' });
  });

  it.each([
    ['ECONNREFUSED', 'refused'],
    ['ENOENT', 'refused'],
    ['ETIMEDOUT', 'timeout'],
    ['ENOTFOUND', 'dns'],
    ['EAI_AGAIN', 'dns'],
    ['EHOSTUNREACH', 'network'],
    ['ECONNRESET', 'lost'],
    ['EPIPE', 'lost'],
    ['EPROTO', 'tls'],
    ['CERT_HAS_EXPIRED', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
    ['EMFILE', 'other'],
  ])('takes the reason from the code %s: %s', (code, reason) => {
    expect(unreachable(withCode(code))).toMatchObject({ reason, sqlstate: null });
  });

  it.each([
    ['The server does not support SSL connections', 'tls'],
    ['Connection terminated unexpectedly', 'lost'],
    ['SASL: SCRAM-SERVER-FIRST-MESSAGE: too many iterations', 'auth'],
    ['anything else', 'other'],
  ])('takes the reason from words where there is no code: %s', (message, reason) => {
    expect(unreachable(new Error(message))).toMatchObject({ reason, message });
  });

  it('finds the message of a host whose addresses all failed', () => {
    const all = Object.assign(
      new AggregateError([new Error('connect ECONNREFUSED ::1:5432')], ''),
      {
        code: 'ECONNREFUSED',
      },
    );
    expect(unreachable(all)).toMatchObject({
      reason: 'refused',
      message: 'connect ECONNREFUSED ::1:5432',
    });
  });

  it('counts a secret that cannot be read as a failed login, and keeps the cause', () => {
    const cause = new SecretError('other users can read the secret file /p');
    const error = unreachable(cause);
    expect(error).toMatchObject({ reason: 'auth', message: cause.message });
    expect(error.cause).toBe(cause);
  });

  it('leaves its own errors as they are, and takes anything thrown', () => {
    const error = new UnreachableError('tls', 'no', null);
    expect(unreachable(error)).toBe(error);
    expect(unreachable('text')).toMatchObject({ reason: 'other', message: 'text' });
  });
});

describe('failed', () => {
  it.each(['42P01', '57014', '55P03', '40001', '22P02', 'XX000', 'P0001'])(
    'takes %s as a word of the server on the statement',
    (code) => {
      const error = failed(fromServer(code), 'a/b');
      expect(error).toBeInstanceOf(QueryError);
      expect(error).toMatchObject({ sqlstate: code, query: 'a/b', message: 'said so' });
    },
  );

  it.each(['57P01', '57P02', '57P04', '57P05', '25P03', '25P04', '08006'])(
    'takes %s as the end of the connection',
    (code) => {
      expect(failed(fromServer(code), 'a/b')).toMatchObject({ reason: 'lost', sqlstate: code });
    },
  );

  it('does not take a code of Node for a SQLSTATE', () => {
    expect(failed(withCode('EPIPE'), 'a/b')).toMatchObject({ reason: 'lost', sqlstate: null });
  });
});
