import { TransportError } from '../errors.ts';

/** What is known of a request that got no answer; nothing of it is secret. */
export interface FailedRequest {
  /** The request's name, e.g. `push`. */
  readonly name: string;
  /** Scheme, host and port. */
  readonly origin: string;
  readonly secure: boolean;
  readonly presentsCertificate: boolean;
  /** The connection had served a request before. */
  readonly reusedSocket: boolean;
  /** The connection was open (TLS included) when it failed. */
  readonly connected: boolean;
  readonly timeoutMs: number;
}

/**
 * An error of axios, Node or OpenSSL as ours: a reason, and a message that says what to do.
 *
 * Nothing but the code is taken from the original, and it is not the cause: an AxiosError carries the token, the body and
 * the private key.
 */
export function transportError(error: unknown, request: FailedRequest): TransportError {
  const reason = reasonOf(error);
  return new TransportError(
    reason,
    `${request.name}: ${request.origin}: ${explain(reason, request)} (${reason})`,
  );
}

function reasonOf(error: unknown): string {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  const inner = cause?.code;
  const found = typeof inner === 'string' ? inner : code;
  return typeof found === 'string' && /^[A-Z][A-Z0-9_]{2,80}$/.test(found) ? found : 'EUNKNOWN';
}

function explain(reason: string, request: FailedRequest): string {
  if (reason === 'ECONNRESET' || reason === 'EPIPE') return explainReset(request);
  const text = explanations[reason];
  const refused = /^ERR_PROXY_STATUS_(\d+)$/.exec(reason)?.[1];
  if (refused !== undefined) return refusedByProxy(refused);
  if (text !== undefined)
    return text
      .replace('{timeout}', `${request.timeoutMs / 1000} s`)
      .replace('{today}', new Date().toISOString().slice(0, 10));
  if (/^ERR_SSL_.*(CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE)/.test(reason)) return refusedClient;
  if (reason.startsWith('ERR_SSL') || reason === 'EPROTO') return protocol;
  return request.secure ? 'the request failed before an answer came' : 'the request failed';
}

const refusedClient =
  'the backend ended the TLS handshake; it may ask for a client certificate, or refuse ours ([tls] cert_file, key_file)';
const protocol =
  'no common TLS version or cipher; the backend must speak TLS 1.3 (or set [tls] min_version = "1.2"), ' +
  'and the port must be one for https';
// The day alone: a text that changes at each failure would be said at each.
const clock = "; this host's clock says {today}: compare it with the certificate's dates";

/** By Node's code: what it means here, and what to do. */
const explanations: Readonly<Record<string, string>> = {
  ETIMEDOUT: 'no complete answer within {timeout}',
  ECONNREFUSED: 'nothing listens there; is the backend running, and the port right?',
  ENOTFOUND: 'the host name does not resolve; check [backend] url and DNS',
  EAI_AGAIN: 'DNS does not answer',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
  CERT_HAS_EXPIRED: `the backend's certificate has expired${clock}`,
  CERT_NOT_YET_VALID: `the backend's certificate is not valid yet${clock}`,
  ERR_TLS_CERT_ALTNAME_INVALID: `the backend's certificate is for another host name; check [backend] url`,
  DEPTH_ZERO_SELF_SIGNED_CERT: `the backend's certificate is self-signed; name it in [tls] ca_file`,
  SELF_SIGNED_CERT_IN_CHAIN: `the authority of the backend's certificate is unknown here; name it in [tls] ca_file`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `the authority of the backend's certificate is unknown here; name it in [tls] ca_file`,
  UNABLE_TO_GET_ISSUER_CERT: `the authority of the backend's certificate is unknown here; name it in [tls] ca_file`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `the authority of the backend's certificate is unknown here; name it in [tls] ca_file`,
  CERT_SIGNATURE_FAILURE: `the backend's certificate is not signed by the authority in [tls] ca_file`,
  ERR_SSL_UNSUPPORTED_PROTOCOL: protocol,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: protocol,
  ERR_SSL_WRONG_VERSION_NUMBER: protocol,
  ERR_PROXY_CLOSED: 'the proxy ([backend] proxy) closed the connection before it had connected',
  ERR_PROXY_TIMEOUT: 'the proxy ([backend] proxy) did not connect within {timeout}',
  ERR_PROXY_ANSWER: 'what stands at [backend] proxy does not answer as an HTTP proxy',
  ERR_PROXY_UNREACHABLE: 'the proxy cannot be reached; is it running, and [backend] proxy right?',
  ERR_INVALID_URL: 'this is no address; check [backend] url',
};

const refusedByProxy = (status: string): string =>
  status === '407'
    ? 'the proxy asks for a user and password, or for others: http://user:password@host:port in [backend] proxy'
    : `the proxy ([backend] proxy) refuses to connect there, with status ${status}`;

function explainReset({
  secure,
  presentsCertificate,
  connected,
  reusedSocket,
}: FailedRequest): string {
  if (!secure || !connected || reusedSocket)
    return 'the connection was closed before an answer came';
  // In TLS 1.3 the server judges the client's certificate after the client's handshake is done.
  return presentsCertificate
    ? 'the connection was closed right after the TLS handshake; possibly the backend refuses our client certificate'
    : 'the connection was closed right after the TLS handshake; possibly the backend asks for a client certificate ' +
        '([tls] cert_file, key_file)';
}
