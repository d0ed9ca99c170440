import { TransportError } from '../errors.ts';
import type { HttpRequest, Transport } from '../ports/http.ts';
import type { BackendSettings, TlsSettings } from '../schema/config.ts';

export interface BackendCall extends Pick<HttpRequest, 'name' | 'method' | 'body'> {
  /** Below `/api/v1`, e.g. `/metrics/push`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string;
  readonly issued: Transport['issued'];
  /** Of this collector, for `User-Agent`. */
  readonly version: string;
}

/**
 * A request to the backend with the settings of this moment: address, TLS, deadline, identity.
 *
 * Throws `TransportError` where `[backend] url` is missing, or is plain HTTP without `allow_plain_http`.
 */
export function backendRequest(
  { backend, tls }: { readonly backend: BackendSettings; readonly tls: TlsSettings },
  { name, method, path, headers, token, issued, version, body }: BackendCall,
): HttpRequest {
  return {
    name,
    method,
    url: `${base(backend, name)}${path}`,
    headers: {
      'User-Agent': `pganalytics-collector/${version}`,
      Accept: 'application/json, text/plain;q=0.9, */*;q=0.1',
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...headers,
      ...(method === 'POST' && { 'Content-Length': `${body?.length ?? 0}` }),
    },
    ...(body !== undefined && { body }),
    transport: {
      verify: tls.verify,
      minVersion: `TLSv${tls.min_version}`,
      certFile: tls.cert_file ?? null,
      keyFile: tls.key_file ?? null,
      caFile: tls.ca_file ?? null,
      issued: tls.cert_file === undefined ? issued : null,
      ...(backend.proxy !== undefined && { proxy: backend.proxy }),
      timeoutMs: backend.timeout * 1000,
    },
  };
}

function base({ url, allow_plain_http }: BackendSettings, name: string): string {
  if (url === undefined) {
    throw new TransportError('ERR_NO_URL', `${name}: [backend] url is not set`);
  }
  if (!URL.canParse(url)) {
    throw new TransportError('ERR_INVALID_URL', `${name}: [backend] url is no address`);
  }
  if (new URL(url).protocol !== 'https:' && !allow_plain_http) {
    throw new TransportError(
      'ERR_PLAIN_HTTP',
      `${name}: [backend] url is not https; a token never travels in clear (allow_plain_http permits it for a proxy ` +
        'on this host)',
    );
  }
  return `${url.replace(/\/+$/, '').replace(/\/api\/v1$/, '')}/api/v1`;
}
