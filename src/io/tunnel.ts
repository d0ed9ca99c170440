import { request } from 'node:http';
import type { Socket } from 'node:net';

export interface TunnelOptions {
  /** Of an HTTP proxy, with user and password where it asks for them. */
  readonly proxy: URL;
  /** Where it is to connect to: host and port. */
  readonly target: string;
  /** How long it may take, in ms: a proxy that is silent must not hold a socket for ever. */
  readonly timeoutMs: number;
}

/** Why there is no tunnel: `code` is for `transportError`, and the message holds no credentials. */
class TunnelError extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/**
 * A connection through an HTTP proxy (CONNECT), as a plain socket on which TLS can begin.
 *
 * Rejects with a `code`: `ERR_PROXY_STATUS_407` and kin where the proxy refuses, `ERR_PROXY_CLOSED` where it goes away
 * before it has answered, `ERR_PROXY_TIMEOUT`, `ERR_PROXY_ANSWER` where what it says is not HTTP, and
 * `ERR_PROXY_UNREACHABLE`.
 */
export function tunnel({ proxy, target, timeoutMs }: TunnelOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const asked = request({
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port === '' ? 80 : Number(proxy.port),
      method: 'CONNECT',
      path: target,
      headers: { Host: target, ...authorization(proxy) },
      agent: false,
    });
    const late = setTimeout(() => asked.destroy(new TunnelError('ERR_PROXY_TIMEOUT')), timeoutMs);
    let connected = false;
    asked.once('socket', (socket) => socket.once('connect', () => (connected = true)));
    asked.once('connect', ({ statusCode = 0 }, socket: Socket, first: Buffer) => {
      clearTimeout(late);
      if (statusCode >= 200 && statusCode < 300) {
        if (first.length > 0) socket.unshift(first);
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(new TunnelError(`ERR_PROXY_STATUS_${statusCode}`));
    });
    asked.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(late);
      reject(new TunnelError(codeFor(error, connected)));
    });
    asked.end();
  });
}

function authorization({ username, password }: URL): { readonly 'Proxy-Authorization'?: string } {
  if (username === '' && password === '') return {};
  const plain = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'Proxy-Authorization': `Basic ${Buffer.from(plain).toString('base64')}` };
}

function codeFor({ code = '' }: NodeJS.ErrnoException, connected: boolean): string {
  if (code.startsWith('ERR_PROXY')) return code;
  if (code.startsWith('HPE_')) return 'ERR_PROXY_ANSWER';
  return connected ? 'ERR_PROXY_CLOSED' : 'ERR_PROXY_UNREACHABLE';
}
