import type { ClientRequest, IncomingMessage } from 'node:http';
import axios from 'axios';
import { Observable } from 'rxjs';
import { CollectorError, TransportError } from '../errors.ts';
import type { Http, HttpReply, HttpRequest } from '../ports/http.ts';
import { Agents } from './agents.ts';
import { transportError } from './transportError.ts';

/** Most of a reply's body that is read, in bytes. */
const MAX_BODY_BYTES = 1_048_576;

export interface HttpOptions {
  /** Certificates that were swapped, cannot be, or end soon. One sentence; nothing secret. */
  readonly onWarning: (message: string) => void;
}

/** The port, with the end of its kept connections. */
export interface ClosableHttp {
  readonly request: Http;
  readonly close: () => void;
}

/**
 * HTTP(S) with one deadline per request: address, connection, handshake, body and answer together.
 *
 * Redirects, proxies of the environment and compressed answers are not used. Unsubscribing aborts. A body that is cut off,
 * also by the deadline, makes a reply that is not `complete`.
 */
export function http({ onWarning }: HttpOptions): ClosableHttp {
  const agents = new Agents(onWarning);
  function request(wanted: HttpRequest): Observable<HttpReply> {
    return new Observable((subscriber) => {
      const abort = new AbortController();
      const deadline = setTimeout(() => abort.abort(), wanted.transport.timeoutMs);
      exchange(wanted, agents, abort.signal).then(
        (reply) => {
          subscriber.next(reply);
          subscriber.complete();
        },
        (error: unknown) => subscriber.error(error),
      );
      return () => {
        clearTimeout(deadline);
        abort.abort();
      };
    });
  }
  const port: ClosableHttp = { request, close: () => agents.close() };
  return port;
}

async function exchange(
  request: HttpRequest,
  agents: Agents,
  signal: AbortSignal,
): Promise<HttpReply> {
  const url = address(request);
  const secure = url.protocol === 'https:';
  const agent = secure
    ? await beforeAbort(agents.secure(request.transport), signal, () =>
        certificatesSlow(request, url),
      )
    : agents.plain;
  for (let retried = false; ; retried = true) {
    try {
      const response = await axios.request<IncomingMessage>({
        adapter: 'http',
        method: request.method,
        url: url.href,
        // `false` keeps axios from inventing a type for a request that has none.
        headers: { 'Content-Type': false, 'Accept-Encoding': 'identity', ...request.headers },
        ...(request.method === 'POST' && { data: Buffer.from(request.body ?? []) }),
        ...(secure ? { httpsAgent: agent } : { httpAgent: agent }),
        signal,
        responseType: 'stream',
        maxRedirects: 0,
        proxy: false,
        decompress: false,
        validateStatus: () => true,
      });
      const reply = await replyOf(response.status, response.data, signal);
      return retried ? { ...reply, resent: true } : reply;
    } catch (error) {
      if (error instanceof CollectorError) throw error;
      if (signal.aborted) throw timedOut(request, url);
      const sent = (error as { request?: ClientRequest }).request;
      const reusedSocket = sent?.reusedSocket === true;
      const failure = transportError(error, {
        name: request.name,
        origin: url.origin,
        secure,
        presentsCertificate:
          request.transport.certFile !== null || request.transport.issued !== null,
        reusedSocket,
        connected: sent?.socket?.connecting === false,
        timeoutMs: request.transport.timeoutMs,
      });
      // The server may close a kept connection at the very moment it is used again; a fresh one tells the truth.
      if (retried || !reusedSocket || !/^(ECONNRESET|EPIPE)$/.test(failure.reason)) throw failure;
    }
  }
}

/** Certificate files may lie on a mount that hangs: their reading cannot be taken back, but nobody waits for it for ever. */
function beforeAbort<T>(work: Promise<T>, signal: AbortSignal, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(late());
    signal.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}

const certificatesSlow = ({ name, transport }: HttpRequest, { origin }: URL): TransportError =>
  new TransportError(
    'ERR_NO_CERTIFICATES',
    `${name}: ${origin}: the certificate files of [tls] could not be read within ${transport.timeoutMs / 1000} s; ` +
      'do they lie on a mount that hangs?',
  );

/** The address without credentials: axios would send them in place of our token. */
function address({ name, url }: HttpRequest): URL {
  if (!URL.canParse(url)) {
    throw new TransportError(
      'ERR_INVALID_URL',
      `${name}: the address is not valid; check [backend] url`,
    );
  }
  const parsed = new URL(url);
  parsed.username = '';
  parsed.password = '';
  return parsed;
}

const timedOut = (request: HttpRequest, url: URL): TransportError =>
  transportError(
    { code: 'ETIMEDOUT' },
    {
      name: request.name,
      origin: url.origin,
      secure: url.protocol === 'https:',
      presentsCertificate: false,
      reusedSocket: false,
      connected: false,
      timeoutMs: request.transport.timeoutMs,
    },
  );

/** Reads the body until its end, its bound, its cut or the deadline. */
function replyOf(
  status: number,
  message: IncomingMessage,
  signal: AbortSignal,
): Promise<HttpReply> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = (complete: boolean): void => {
      signal.removeEventListener('abort', cut);
      const body = Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES).toString('utf8');
      resolve({ status, headers: headersOf(message), body, complete });
    };
    const cut = (): void => {
      message.destroy();
      end(false);
    };
    message.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) cut();
    });
    message.on('end', () => end(message.complete));
    message.on('error', () => end(false));
    message.on('close', () => end(message.complete));
    signal.addEventListener('abort', cut, { once: true });
    if (signal.aborted) cut();
  });
}

const headersOf = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
