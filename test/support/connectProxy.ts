import { type IncomingMessage, createServer } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';

/** What a proxy does with a CONNECT. */
export type Manner =
  'connects' | 'closes' | 'is silent' | 'asks who' | 'forbids' | 'talks nonsense';

export interface ConnectProxy {
  readonly url: string;
  readonly port: number;
  /** What it was asked: the target, and `Proxy-Authorization`. */
  readonly asked: readonly { readonly target: string; readonly authorization: string | null }[];
  /** All that clients sent through it. */
  readonly seen: () => string;
  /** Connections that are open. */
  readonly open: () => number;
  readonly stop: () => Promise<void>;
}

const answers: Readonly<Partial<Record<Manner, string>>> = {
  'asks who': 'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n',
  forbids: 'HTTP/1.1 403 Forbidden\r\n\r\n',
  'talks nonsense': 'SSH-2.0-OpenSSH_9.6\r\n',
};

/** An HTTP proxy on a free port of 127.0.0.1. */
export async function startConnectProxy(manner: Manner): Promise<ConnectProxy> {
  const asked: ConnectProxy['asked'][number][] = [];
  const sockets = new Set<Socket>();
  let seen = '';
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  };
  const server = createServer();
  server.on('connection', keep);
  server.on('connect', ({ url = '', headers }: IncomingMessage, client: Socket) => {
    asked.push({ target: url, authorization: headers['proxy-authorization'] ?? null });
    if (manner === 'closes') client.destroy();
    else if (manner !== 'connects') {
      client.write(answers[manner] ?? '');
      client.resume().on('end', () => client.destroy());
    } else {
      const [host = '', port = ''] = url.split(':');
      const backend = connect(Number(port), host, () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        client.on('data', (data) => (seen += data.toString('latin1')));
        client.pipe(backend).pipe(client);
      });
      keep(backend);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    asked,
    seen: () => seen,
    open: () => sockets.size,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
