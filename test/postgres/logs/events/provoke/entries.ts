import type { DevPostgres } from '../../../../../dev/postgres.ts';
import { quietly } from './ask.ts';

/** Who is not let in. */
export async function entries(server: DevPostgres): Promise<void> {
  const { default: pg } = await import('pg');
  const enter = async (user: string, set: object = {}): Promise<void> => {
    const { host, port } = server;
    const made = new pg.Client({ host, port, user, database: 'postgres', password: 'x', ...set });
    made.on('error', () => undefined);
    await quietly(made.connect());
    await quietly(made.end());
  };
  for (const user of ['nobody_password', 'rejected', 'nohba', 'missing', 'nologin', 'identified'])
    await enter(user);
  await enter('postgres', { database: 'private' });
  await enter('postgres', { database: 'nowhere' });
  await enter('postgres', { database: 'closed' });
  await enter('mayenter', { database: 'private' });
  await Promise.all([1, 2, 3].map(() => enter('limited')));
  const many = Array.from({ length: 25 }, async () => server.connect().catch(() => undefined));
  for (const client of await Promise.all(many)) await quietly(client?.end() ?? Promise.resolve());
  const { connect } = await import('node:net');
  const send = async (text: Buffer): Promise<void> => {
    const socket = connect(server.port, server.host);
    socket.on('error', () => undefined);
    socket.resume();
    socket.end(text);
    await new Promise((resolve) => socket.once('close', resolve));
  };
  await send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  await send(Buffer.from([0, 0]));
  const silent = connect(server.port, server.host);
  silent.on('error', () => undefined);
  silent.resume();
  await new Promise((resolve) => silent.once('close', resolve));
  const lost = await server.connect();
  (
    lost as unknown as { connection: { stream: { destroy: () => void } } }
  ).connection.stream.destroy();
}
