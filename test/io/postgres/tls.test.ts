import { chmodSync, chownSync, statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Authority, type Pair, makeAuthority } from '../../../dev/certificates.ts';
import { tls } from '../../../src/io/postgres/tls.ts';
import { isLocal } from '../../../src/schema/isLocal.ts';
import { eventually, openServer } from '../../support/openServer.ts';
import { withPostgres } from '../../support/postgres.ts';
import { connectionSettings } from '../../support/serverContext.ts';

describe('tls', () => {
  it('is verify-full for other hosts, and off for this one', async () => {
    for (const host of ['/run/postgresql', 'localhost', '127.0.0.1', '127.1.2.3', '::1']) {
      expect(isLocal(host)).toBe(true);
      expect(await tls(connectionSettings({ host }))).toEqual({ ssl: false, verified: false });
    }
    for (const host of ['db.example.com', '10.0.0.1', '127.example.com', '::2']) {
      expect(isLocal(host)).toBe(false);
      expect(await tls(connectionSettings({ host }))).toMatchObject({
        verified: true,
        ssl: { rejectUnauthorized: true, minVersion: 'TLSv1.2' },
      });
    }
  });

  it('is as strict as sslmode says', async () => {
    const of = (sslmode: 'require' | 'verify-ca' | 'verify-full' | 'disable') =>
      tls(connectionSettings({ host: 'db.example.com', sslmode }));
    expect(await of('disable')).toEqual({ ssl: false, verified: false });
    expect(await of('require')).toMatchObject({
      verified: false,
      ssl: { rejectUnauthorized: false },
    });
    const byAuthority = await of('verify-ca');
    expect(byAuthority).toMatchObject({ verified: true, ssl: { rejectUnauthorized: true } });
    expect(byAuthority.ssl).toHaveProperty('checkServerIdentity');
    expect((await of('verify-full')).ssl).not.toHaveProperty('checkServerIdentity');
  });

  it('names a file that it cannot read', async () => {
    await expect(
      tls(connectionSettings({ host: 'db.example.com', sslrootcert: '/nowhere/ca.pem' })),
    ).rejects.toMatchObject({
      reason: 'tls',
      message: expect.stringContaining('/nowhere/ca.pem') as string,
    });
  });
});

describe('TLS towards a server', () => {
  const dev = withPostgres({
    hba: [
      'hostssl all certified 127.0.0.1/32 cert',
      'hostssl all clear 127.0.0.1/32 password',
      'hostssl all postgres 127.0.0.1/32 trust',
      'hostnossl all nossl 127.0.0.1/32 trust',
    ].join('\n'),
  });
  let folder: string;
  let authority: Authority;
  const file = (name: string) => join(folder, name);
  const at = () => ({ host: '127.0.0.1', port: dev().port });

  /** Gives the server a certificate, as its owner's files. */
  async function serveWith({ certificate, privateKey }: Pair): Promise<void> {
    const { uid, gid } = statSync(dev().dataDirectory);
    const files = {
      'server.crt': certificate,
      'server.key': privateKey,
      'ca.crt': authority.certificate,
    };
    for (const [name, text] of Object.entries(files)) {
      const path = join(dev().dataDirectory, name);
      await writeFile(path, text);
      chmodSync(path, 0o600);
      if (process.getuid?.() === 0) chownSync(path, uid, gid);
    }
    await dev().sql(`ALTER SYSTEM SET ssl_ca_file = 'ca.crt'`);
    await dev().sql(`ALTER SYSTEM SET ssl = on`);
    await dev().sql('SELECT pg_reload_conf()');
    await eventually(async () => {
      const { value } = openServer({ ...at(), sslmode: 'require' });
      expect(await value('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')).toBe('t');
    });
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tls-'));
    authority = await makeAuthority();
    await writeFile(file('ca.pem'), authority.certificate);
    await writeFile(file('other.pem'), (await makeAuthority()).certificate);
    await dev().sql(`SET password_encryption = 'scram-sha-256';
      CREATE ROLE certified LOGIN; CREATE ROLE clear LOGIN PASSWORD 'in-clear'; CREATE ROLE nossl LOGIN`);
    await serveWith(await authority.server());
  });
  afterAll(() => rm(folder, { recursive: true }));

  const full = () => ({ ...at(), sslmode: 'verify-full' as const, sslrootcert: file('ca.pem') });
  const reason = (set: Parameters<typeof openServer>[0]) =>
    openServer(set)
      .read('SELECT 1')
      .then(
        () => 'connected',
        (error: unknown) => (error as { reason: string }).reason,
      );

  it('verifies the authority and the host', async () => {
    expect(await reason(full())).toBe('connected');
    expect(await reason({ ...full(), sslrootcert: file('other.pem') })).toBe('tls');
    expect(await reason({ ...at(), sslmode: 'verify-full' })).toBe('tls');
  });

  it('verifies although the environment says otherwise', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    expect(await reason({ ...full(), sslrootcert: file('other.pem') })).toBe('tls');
    vi.unstubAllEnvs();
  });

  it('cancels over TLS too', async () => {
    const { value } = openServer(full());
    const pid = await value('SELECT pg_backend_pid()');
    await expect(
      value('SELECT pg_sleep(9)', { timeoutMs: 100, settings: { statement_timeout: '0' } }),
    ).rejects.toMatchObject({ sqlstate: '57014' });
    expect(await value('SELECT pg_backend_pid()')).toBe(pid);
  });

  it('lets a password go in clear text only to a verified server', async () => {
    const clear = { user: 'clear', password: 'in-clear' };
    expect(await reason({ ...full(), ...clear })).toBe('connected');
    expect(await reason({ ...at(), sslmode: 'require', ...clear })).toBe('auth');
  });

  it('shows a client certificate; its files are read at each connect', async () => {
    const client = await authority.client('certified');
    await writeFile(file('client.pem'), client.certificate);
    await writeFile(file('client.key'), client.privateKey);
    const set = {
      ...full(),
      user: 'certified',
      sslcert: file('client.pem'),
      sslkey: file('client.key'),
    };
    expect(await reason(set)).toBe('connected');
    expect(await reason({ ...full(), user: 'certified' })).not.toBe('connected');
  });

  it('is told where the server has none', async () => {
    expect(await reason({ ...at(), user: 'nossl', sslmode: 'disable' })).toBe('connected');
    expect(await reason({ ...at(), user: 'postgres', sslmode: 'disable' })).toBe('auth');
  });

  it('refuses a certificate for another host, and one that has expired', async () => {
    await serveWith(await authority.wrongHost());
    expect(await reason(full())).toBe('tls');
    expect(await reason({ ...full(), sslmode: 'verify-ca' })).toBe('connected');
    await serveWith(await authority.expired());
    expect(await reason({ ...full(), sslmode: 'verify-ca' })).toBe('tls');
  });
});
