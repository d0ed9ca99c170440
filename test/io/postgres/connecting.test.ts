import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { eventually, openServer } from '../../support/openServer.ts';
import { withPostgres } from '../../support/postgres.ts';
import { type Wire, authentication, message, refusal, wire } from '../../support/wire.ts';

const password = 'pa55-w0rd-0f-the-monitor';
const dev = withPostgres({
  hba: 'host all scrammed 127.0.0.1/32 scram-sha-256\nhost all hashed 127.0.0.1/32 md5\nhost all all 127.0.0.1/32 trust',
});
const at = () => ({ host: dev().host, port: dev().port });

let fake: Wire | undefined;
afterEach(async () => {
  await fake?.stop();
  fake = undefined;
});
const fakeServer = async (serve: (socket: Socket) => void) => {
  fake = await wire(serve);
  return { host: '127.0.0.1', port: fake.port, password };
};
const failure = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => Promise.reject(new Error('it worked')),
    (error: unknown) => error as Error,
  );

describe('a password', () => {
  const role = (name: string, encryption: string) =>
    dev().sql(
      `SET password_encryption = '${encryption}'; CREATE ROLE ${name} LOGIN PASSWORD '${password}'`,
    );

  it('is used with SCRAM: from the settings, from a file at each connect, from .pgpass', async () => {
    await role('scrammed', 'scram-sha-256');
    const folder = await mkdtemp(join(tmpdir(), 'password-'));
    const file = join(folder, 'password');
    const passFile = join(folder, 'pgpass');
    await writeFile(file, `${password}\n`, { mode: 0o600 });
    await writeFile(passFile, `*:*:*:scrammed:${password}\n`, { mode: 0o600 });
    const user = { ...at(), user: 'scrammed' };
    const ways = [
      openServer({ ...user, password }),
      openServer({ ...user, password_file: file }),
      openServer(user, { passFile }),
    ];
    for (const { value } of ways) expect(await value('SELECT current_user')).toBe('scrammed');

    await chmod(file, 0o644);
    const exposed = await failure(openServer({ ...user, password_file: file }).read('SELECT 1'));
    expect(exposed).toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'auth' });
    expect(exposed.message).toContain(`chmod o-rwx ${file}`);
    await rm(folder, { recursive: true });
  });

  it('that is wrong or missing is told, and never quoted', async () => {
    const user = { ...at(), user: 'scrammed' };
    const wrong = await failure(openServer({ ...user, password: `${password}x` }).read('SELECT 1'));
    expect(wrong).toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'auth', sqlstate: '28P01' });
    const missing = await failure(openServer(user).read('SELECT 1'));
    expect(missing).toMatchObject({ reason: 'auth', sqlstate: null });
    expect(missing.message).toContain('none is configured');
    for (const error of [wrong, missing]) {
      expect(`${error.message} ${error.stack ?? ''} ${JSON.stringify(error)}`).not.toContain(
        password,
      );
    }
  });

  it('is not taken from PGPASSWORD', async () => {
    process.env['PGPASSWORD'] = password;
    const error = await failure(openServer({ ...at(), user: 'scrammed' }).read('SELECT 1'));
    delete process.env['PGPASSWORD'];
    expect(error.message).toContain('none is configured');
  });

  it.each([
    ['clear text', authentication(3)],
    ['md5', authentication(5, Buffer.from('salt'))],
  ])(
    'a fake server asks for cleartext, or what is no better, and gets nothing: %s',
    async (how, request) => {
      const got: Buffer[] = [];
      const settings = await fakeServer((socket) => {
        socket.once('data', () => socket.write(request));
        socket.on('data', (data) => got.push(data));
      });
      const error = await failure(openServer(settings).read('SELECT 1'));
      expect(error).toMatchObject({ reason: 'auth', sqlstate: null });
      expect(error.message).toContain(how);
      await eventually(() => expect(fake?.open()).toBe(0));
      // Only the start-up packet was sent.
      expect(got).toHaveLength(1);
      expect(Buffer.concat(got).toString()).not.toContain(password);
    },
  );

  it('of a server with md5 is refused as well', async () => {
    await role('hashed', 'md5');
    const error = await failure(openServer({ ...at(), user: 'hashed', password }).read('SELECT 1'));
    expect(error).toMatchObject({ reason: 'auth' });
    expect(error.message).toContain('scram-sha-256');
  });
});

describe('a server that cannot be used', () => {
  it.each([
    ['another way to authenticate', authentication(7), 'other'],
    ['no PostgreSQL', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 'lost'],
    ['starting up', refusal('57P03', 'the database system is starting up'), 'starting_up'],
    [
      'too many clients',
      refusal('53300', 'sorry, too many clients already'),
      'too_many_connections',
    ],
  ])('is told with its reason, and the process lives: %s', async (_, answer, reason) => {
    const settings = await fakeServer((socket) => {
      socket.once('data', () => socket.end(answer));
    });
    expect(await failure(openServer(settings).read('SELECT 1'))).toMatchObject({ reason });
    await eventually(() => expect(fake?.open()).toBe(0));
  });

  it('is told with its reason: closed port, no socket, unknown name, unknown database', async () => {
    const closed = await wire(() => undefined);
    await closed.stop();
    const cases = [
      [{ port: closed.port }, 'refused'],
      [{ host: tmpdir() }, 'refused'],
      [{ host: 'nowhere.invalid', sslmode: 'disable' }, 'dns'],
      [{ ...at(), database: 'nowhere' }, 'no_such_database'],
      [{ ...at(), user: 'nobody' }, 'auth'],
    ] as const;
    for (const [settings, reason] of cases) {
      expect(await failure(openServer(settings).read('SELECT 1'))).toMatchObject({
        code: 'ERR_UNREACHABLE',
        reason,
      });
    }
  });

  it('is not tried again at once, and then again', async () => {
    const settings = await fakeServer((socket) => {
      socket.once('data', () => socket.end(refusal('57P03', 'the database system is starting up')));
    });
    const { read } = openServer(settings);
    for (let tick = 0; tick < 5; tick++) await failure(read('SELECT 1'));
    expect(fake?.sockets).toHaveLength(1);
    await eventually(async () => {
      await failure(read('SELECT 1'));
      expect(fake?.sockets).toHaveLength(2);
    });
  });

  it('is tried again soon although the clock was set back by an hour', async () => {
    const settings = await fakeServer((socket) => {
      socket.once('data', () => socket.end(refusal('57P03', 'the database system is starting up')));
    });
    const { read } = openServer(settings);
    await failure(read('SELECT 1'));
    const now = Date.now.bind(Date);
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() - 3_600_000);
    try {
      const until = performance.now() + 8_000;
      while ((fake?.sockets.length ?? 0) < 2 && performance.now() < until) {
        await failure(read('SELECT 1'));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect(fake?.sockets).toHaveLength(2);
    } finally {
      clock.mockRestore();
    }
  });

  it('is tried again at once after new settings', async () => {
    const settings = await fakeServer((socket) => {
      socket.once('data', () => socket.end(refusal('57P03', 'the database system is starting up')));
    });
    const { read, value, settings$ } = openServer(settings);
    await failure(read('SELECT 1'));
    settings$.next({ ...settings$.value, ...at(), user: 'postgres' });
    expect(await value('SELECT 1')).toBe('1');
  });
});

describe('a server that lets nobody in', () => {
  it(
    'is reported after 5 s, while one attempt goes on for all lanes',
    { timeout: 20_000 },
    async () => {
      let letIn = (): void => undefined;
      const settings = await fakeServer((socket) => {
        socket.once('data', () => {
          letIn = () => {
            const pid = Buffer.from([0, 0, 0, 1, 0, 0, 0, 2]);
            socket.write(Buffer.concat([authentication(0), message('K', pid), message('Z', 'I')]));
          };
        });
      });
      const { read } = openServer(settings);
      const start = performance.now();
      const errors = await Promise.all([
        failure(read('SELECT 1')),
        failure(read('SELECT 1', { lane: 'slow' })),
      ]);
      expect(performance.now() - start).toBeGreaterThan(4900);
      for (const error of errors) expect(error).toMatchObject({ reason: 'connect_stalled' });
      // Further queries need not wait to hear it.
      const again = performance.now();
      expect(await failure(read('SELECT 1'))).toMatchObject({ reason: 'connect_stalled' });
      expect(performance.now() - again).toBeLessThan(3_000);
      expect(fake?.sockets).toHaveLength(1);
      expect(fake?.open()).toBe(1);
      // The attempt is used once the server lets us in: here it asks for the pid next.
      const asked = new Promise<string>((resolve) =>
        fake?.sockets[0]?.once('data', (data) => resolve(data.toString())),
      );
      letIn();
      expect(await asked).toContain('pg_backend_pid()');
    },
  );

  it('is left alone after the port is closed to us', async () => {
    const settings = await fakeServer((socket) => socket.resume());
    const { read, close } = openServer(settings);
    void failure(read('SELECT 1'));
    await eventually(() => expect(fake?.sockets).toHaveLength(1));
    close();
    await eventually(() => expect(fake?.open()).toBe(0));
  });
});
