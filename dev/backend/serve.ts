import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SecureVersion } from 'node:tls';
import type { Pair } from '../certificates.ts';
import { answer, isCertified, subject } from './answer.ts';
import type { State } from './call.ts';
import { deliver, insteadOf } from './deliver.ts';
import type { Faults } from './faults.ts';
import { rateLimit } from './rateLimit.ts';
import type { ReceivedRequest } from './received.ts';
import { crash, text } from './reply.ts';
import { route } from './routes.ts';

/** What is asked of clients; see `BackendOptions.clientCertificates`. */
export type ClientCertificates = 'demanded' | 'required' | 'ignored';

export interface ServeOptions {
  /** 0: a free one. */
  readonly port: number;
  readonly rateLimit: boolean;
  readonly clientCertificates: ClientCertificates;
  /** false: plain HTTP. */
  readonly tls:
    | {
        readonly pair: Pair;
        readonly minVersion: SecureVersion;
        readonly maxVersion: SecureVersion;
      }
    | false;
}

/** A server that can leave its port and come back. */
export interface Served {
  readonly port: number;
  readonly listen: () => Promise<void>;
  readonly close: () => Promise<void>;
  readonly useCertificate: (pair: Pair) => void;
}

/** Listens on 127.0.0.1, notes every request, lets it meet its fault, and answers it. */
export async function serve(state: State, faults: Faults, options: ServeOptions): Promise<Served> {
  const { tls, clientCertificates } = options;
  const isIn = options.rateLimit ? rateLimit(state.now) : () => true;
  /** Below TLS, by the client's port: only these can be reset. */
  const sockets = new Map<number, Socket>();
  let closing = new AbortController();

  const handle = async (message: IncomingMessage, response: ServerResponse) => {
    const body = await read(message);
    const path = (message.url ?? '/').replace(/\?.*/s, '');
    const method = message.method ?? 'GET';
    const found = route(method, path);
    const request = noted(message, body, found?.route.endpoint ?? 'unknown');
    const fault = faults.take(request);
    request.fault = fault?.kind ?? null;
    state.received.request(request);
    response.setHeader('date', new Date(state.now()).toUTCString());

    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'reset') {
      sockets.get(message.socket.remotePort!)?.resetAndDestroy();
      return;
    }
    const { signal } = closing;
    const hold = fault?.kind === 'delay' ? () => sleep(fault.ms, undefined, { signal }) : nothing;
    const call = {
      request,
      headers: message.headers as Record<string, string | undefined>,
      body,
      parameter: found?.parameter ?? '',
      hold,
    };
    const peer = {
      certified: clientCertificates === 'ignored' || isCertified(message.socket, state.issued),
      limited: () => !isIn(message.socket.remoteAddress ?? ''),
    };
    const reply =
      insteadOf(fault) ??
      (found
        ? await answer(found.route, call, peer, state).catch(() => crash)
        : text(404, '404 page not found'));
    if (signal.aborted) return;
    if (fault?.kind !== 'lost') request.status = reply.status;
    deliver(response, reply, fault);
    state.received.changed();
  };
  const listener = (message: IncomingMessage, response: ServerResponse) => {
    // A client that leaves in the middle of its body is none of our business.
    handle(message, response).catch(() => response.destroy());
  };
  const server = tls
    ? createTlsServer(
        {
          cert: tls.pair.certificate,
          key: tls.pair.privateKey,
          ca: state.authority.certificate,
          requestCert: clientCertificates !== 'ignored',
          rejectUnauthorized: clientCertificates === 'required',
          minVersion: tls.minVersion,
          maxVersion: tls.maxVersion,
        },
        listener,
      )
    : createServer(listener);
  server.requestTimeout = 30_000;
  server.on('connection', (socket: Socket) => {
    const port = socket.remotePort ?? 0;
    sockets.set(port, socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(port));
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException) => {
    state.received.handshakeFailures.push(error.code ?? error.message);
    state.received.changed();
  });

  let port = options.port;
  const listen = async () => {
    closing = new AbortController();
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  };
  await listen();
  return {
    port,
    listen,
    async close() {
      if (!server.listening) return;
      closing.abort();
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets.values()) socket.destroy();
      await closed;
    },
    useCertificate(pair) {
      if (!('setSecureContext' in server) || !tls) throw new Error('This backend has no TLS');
      server.setSecureContext({
        cert: pair.certificate,
        key: pair.privateKey,
        ca: state.authority.certificate,
        minVersion: tls.minVersion,
        maxVersion: tls.maxVersion,
      });
    },
  };
}

const nothing = () => Promise.resolve();

async function read(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** What is kept of a request; its secrets are not. */
function noted(
  message: IncomingMessage,
  body: Buffer,
  endpoint: ReceivedRequest['endpoint'],
): ReceivedRequest {
  const headers = { ...message.headers } as Record<string, string>;
  const { authorization } = headers;
  if (authorization !== undefined) {
    headers['authorization'] = authorization
      .replace(/^(Bearer ).*/s, '$1…')
      .replace(/^(?!Bearer ).*/s, '…');
  }
  if ('x-registration-secret' in headers) headers['x-registration-secret'] = '…';
  return {
    endpoint,
    method: message.method ?? 'GET',
    path: message.url ?? '/',
    headers,
    at: Date.now(),
    bytes: body.length,
    rawBytes: null,
    idempotencyKey: headers['idempotency-key'] ?? null,
    certificate: subject(message.socket),
    claims: null,
    fault: null,
    status: null,
  };
}
