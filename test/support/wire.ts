import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

/** A server of one's own making on 127.0.0.1, and who has connected. */
export interface Wire {
  readonly port: number;
  /** All connections so far, also ended ones. */
  readonly sockets: readonly Socket[];
  /** Those that are open now. */
  readonly open: () => number;
  readonly stop: () => Promise<void>;
}

/** Listens on a free port of 127.0.0.1. */
export async function wire(serve: (socket: Socket) => void): Promise<Wire> {
  const sockets: Socket[] = [];
  const server: Server = createServer({ allowHalfOpen: false }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    open: () => sockets.filter((socket) => !socket.destroyed).length,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** A message of the PostgreSQL protocol: type, length, body. */
export function message(type: string, body: Buffer | string): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(bytes.length + 4, 1);
  return Buffer.concat([head, bytes]);
}

/** An authentication request: 0 ok, 3 clear text, 5 md5, 7 GSS. */
export function authentication(kind: number, more = Buffer.alloc(0)): Buffer {
  const code = Buffer.alloc(4);
  code.writeInt32BE(kind);
  return message('R', Buffer.concat([code, more]));
}

/** An ErrorResponse. */
export const refusal = (sqlstate: string, text: string): Buffer =>
  message('E', `SFATAL\0VFATAL\0C${sqlstate}\0M${text}\0\0`);

/** Forwards a connection to a port of this host; `reply` may change what comes back. */
export function forward(
  socket: Socket,
  port: number,
  reply = (data: Buffer): Buffer => data,
): void {
  const behind = connect(port, '127.0.0.1');
  behind.on('error', () => socket.destroy());
  socket.on('close', () => behind.destroy());
  behind.on('close', () => socket.end());
  socket.on('data', (data) => behind.write(data));
  behind.on('data', (data) => socket.write(reply(data)));
}
