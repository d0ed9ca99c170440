import { type RequestListener, createServer as createPlain } from 'node:http';
import { type ServerOptions, createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export interface TestServer {
  readonly url: string;
  readonly port: number;
  /** Connections accepted so far. */
  readonly connections: () => number;
  readonly stop: () => Promise<void>;
}

/** An HTTPS server on a free port of 127.0.0.1; plain HTTP without options. */
export async function startServer(
  options: ServerOptions | null,
  listener: RequestListener,
): Promise<TestServer> {
  const server = options === null ? createPlain(listener) : createServer(options, listener);
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options === null ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    connections: () => connections,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
