import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Agent, type AgentOptions, type RequestOptions } from 'node:https';
import { tunnel } from './tunnel.ts';

/** An HTTPS agent whose connections go through an HTTP proxy; TLS is spoken with the backend, end to end. */
export class TunnelAgent extends Agent {
  readonly #proxy: URL;
  readonly #timeoutMs: number;

  /** @param timeoutMs - How long the proxy may take to connect, in ms. */
  constructor(options: AgentOptions, proxy: URL, timeoutMs: number) {
    super(options);
    this.#proxy = proxy;
    this.#timeoutMs = timeoutMs;
  }

  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const { host, port } = options;
    const name = host?.includes(':') ? `[${host}]` : host;
    const target = `${name ?? ''}:${port ?? 443}`;
    const end = (error: unknown): void => callback?.(error as Error, undefined as never);
    tunnel({ proxy: this.#proxy, target, timeoutMs: this.#timeoutMs })
      .then((socket) => callback?.(null, this.#secured(options, socket)))
      .catch(end);
  }

  #secured(options: RequestOptions, socket: Socket): Duplex {
    const given: RequestOptions & { readonly socket: Socket } = { ...options, socket };
    return super.createConnection(given) as Duplex;
  }
}
