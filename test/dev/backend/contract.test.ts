import { X509Certificate } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type BackendOptions,
  type MockBackend,
  startBackend,
} from '../../../dev/backend/startBackend.ts';
import { type Answer, ask, enrol, metric, pushAs } from './client.ts';

const started: MockBackend[] = [];
const start = async (options?: BackendOptions) => {
  const backend = await startBackend(options);
  started.push(backend);
  return backend;
};
afterEach(async () => {
  await Promise.all(started.splice(0).map((backend) => backend.stop()));
});
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const register = (backend: MockBackend, body: unknown, secret = backend.registrationSecret) =>
  ask(backend, 'POST', '/collectors/register', {
    headers: { 'x-registration-secret': secret },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const isRefusal = (answer: Answer, status: number, message?: string) => {
  expect(answer.status).toBe(status);
  expect(answer.json['code']).toBe(status);
  expect(typeof answer.json['message']).toBe('string');
  if (message !== undefined) expect(answer.json['message']).toBe(message);
};

describe.each(['documented', 'deployed'] as const)('the %s profile', (profile) => {
  it('registers a new collector each time, with a token that has every claim', async () => {
    const backend = await start({ profile });
    const [first, second] = [await enrol(backend), await enrol(backend)];
    expect(first.id).toMatch(uuid);
    expect(second.id).not.toBe(first.id);
    const claims = decodeJwt(first.token);
    expect(claims).toStrictEqual({
      collector_id: first.id,
      hostname: 'db1.example',
      type: 'access',
      sub: `collector:${first.id}`,
      iat: claims.iat,
      nbf: claims.iat,
      exp: claims.iat! + (profile === 'documented' ? 3600 : 1800),
    });
    expect(decodeProtectedHeader(first.token).alg).toBe('HS256');
    expect(Math.floor(Date.parse(first.expiresAt) / 1000)).toBe(claims.exp);
  });

  it('issues a certificate that its endpoints accept, with the key that fits', async () => {
    const backend = await start({ profile });
    const collector = await enrol(backend);
    const certificate = new X509Certificate(collector.pair.certificate);
    const authority = new X509Certificate(backend.authority.certificate);
    expect(certificate.subject).toBe(`CN=${collector.id}`);
    expect(certificate.checkIssued(authority)).toBe(profile === 'documented');
    expect(certificate.publicKey.asymmetricKeyType).toBe(profile === 'documented' ? 'ec' : 'rsa');
    expect(collector.pair.privateKey).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect((await pushAs(backend, collector)).status).toBe(200);
    expect(backend.received.pushes[0]!.request.certificate).toBe(`CN=${collector.id}`);
  });

  it('refuses registrations without the secret or with a bad body', async () => {
    const backend = await start({ profile });
    const body = { name: 'a', hostname: 'b' };
    isRefusal(await register(backend, body, 'wrong'), 401);
    isRefusal(await ask(backend, 'POST', '/collectors/register', { body: '{}' }), 401);
    isRefusal(await register(backend, { hostname: 'b' }), 400);
    isRefusal(await register(backend, { name: 'a' }), 400);
    isRefusal(await register(backend, { ...body, address: 'no address' }), 400);
    isRefusal(await register(backend, '{'), 400);
    expect((await register(backend, body)).status).toBe(200);
  });

  it('refreshes a valid token, and gives 404 for a deleted collector', async () => {
    const backend = await start({ profile });
    const { id, token, pair } = await enrol(backend);
    backend.clockOffsetMs = 60_000;
    const refresh = () =>
      ask(backend, 'POST', '/collectors/refresh-token', { headers: bearer(token), pair });
    const { json } = await refresh();
    expect(Object.keys(json).sort()).toStrictEqual(['expires_at', 'token']);
    expect(decodeJwt(json['token'] as string)['collector_id']).toBe(id);
    expect(json['token']).not.toBe(token);
    // Tokens of one second are identical; two requests may fall into two seconds.
    await vi.waitFor(async () => {
      const [first, second] = [await refresh(), await refresh()];
      expect(first.json['token']).toBe(second.json['token']);
    });
    backend.deleteCollector(id);
    isRefusal(await refresh(), 404);
  });

  it('refuses a token that has expired, is not valid yet, was revoked or forged', async () => {
    const backend = await start({ profile, tokenLifetimeS: 100 });
    const collector = await enrol(backend);
    const refused = async () => isRefusal(await pushAs(backend, collector), 401, 'Unauthorized');
    backend.clockOffsetMs = 101_000;
    await refused();
    isRefusal(
      await ask(backend, 'POST', '/collectors/refresh-token', {
        headers: bearer(collector.token),
        pair: collector.pair,
      }),
      401,
    );
    backend.clockOffsetMs = -10_000;
    await refused();
    backend.clockOffsetMs = 0;
    expect((await pushAs(backend, collector)).status).toBe(200);
    backend.tokens.revoke(collector.token);
    await refused();
    isRefusal(await pushAs(backend, { ...collector, token: `${collector.token}x` }), 401);
    isRefusal(
      await pushAs(backend, collector, { headers: { authorization: `bearer ${collector.token}` } }),
      401,
    );
    const other = await enrol(backend);
    expect((await pushAs(backend, other)).status).toBe(200);
    backend.tokens.expireAll();
    isRefusal(await pushAs(backend, other), 401);
  });

  it('shows its own clock in the Date header', async () => {
    const backend = await start({ profile });
    backend.clockOffsetMs = 3_600_000;
    const { headers } = await ask(backend, 'GET', '/version');
    const ahead = Date.parse(headers['date']!) - Date.now();
    expect(Math.abs(ahead - 3_600_000)).toBeLessThan(5_000);
  });

  it('accepts a push and answers with what it did', async () => {
    const backend = await start({ profile });
    const collector = await enrol(backend);
    const answer = await pushAs(backend, collector, { metrics: [metric(), metric({ n: 1 })] });
    expect(answer.status).toBe(200);
    expect(answer.json).toStrictEqual({
      status: 'success',
      collector_id: collector.id,
      metrics_inserted: profile === 'documented' ? 2 : 0,
      bytes_received: Number(backend.received.to('push')[0]!.headers['content-length']),
      processing_time_ms: answer.json['processing_time_ms'],
      next_config_version: profile === 'documented' ? 0 : 1,
      next_check_in_seconds: 300,
    });
    expect(backend.received.metrics()).toStrictEqual([metric(), metric({ n: 1 })]);
    expect((await pushAs(backend, collector, { chunked: true })).json['bytes_received']).toBe(-1);
  });

  it('accepts an empty push as a heartbeat', async () => {
    const backend = await start({ profile });
    const answer = await pushAs(backend, await enrol(backend), { metrics: [] });
    expect([answer.status, answer.json['metrics_inserted']]).toStrictEqual([200, 0]);
  });

  it.each([
    ['collector_id', undefined],
    ['hostname', undefined],
    ['hostname', 7],
    ['timestamp', undefined],
    ['timestamp', 1_767_323_045],
    ['timestamp', '2026-01-02 03:04:05'],
    ['version', 3],
    ['metrics', {}],
  ])('refuses an envelope whose %s is %s', async (field, value) => {
    const backend = await start({ profile, tls: false, rateLimit: false });
    const collector = await enrol(backend);
    isRefusal(await pushAs(backend, collector, { envelope: { [field]: value } }), 400);
    expect(backend.received.pushes).toStrictEqual([]);
  });

  it('refuses a push in the name of another collector', async () => {
    const backend = await start({ profile });
    const [one, other] = [await enrol(backend), await enrol(backend)];
    isRefusal(await pushAs(backend, { ...one, id: other.id }), 401, 'Collector ID mismatch');
  });

  it('demands a client certificate on push, refresh and config, not on register, health and version', async () => {
    const backend = await start({ profile });
    const { id, token } = await enrol(backend);
    const headers = bearer(token);
    isRefusal(await ask(backend, 'POST', '/metrics/push', { headers, body: '{}' }), 403);
    isRefusal(await ask(backend, 'POST', '/collectors/refresh-token', { headers }), 403);
    isRefusal(await ask(backend, 'GET', `/config/${id}`, { headers }), 403);
    const stranger = await (await start({ profile })).authority.client('stranger');
    isRefusal(
      await ask(backend, 'POST', '/metrics/push', { headers, body: '{}', pair: stranger }),
      403,
    );
    expect((await ask(backend, 'GET', '/health')).json['status']).toBe('ok');
    expect((await ask(backend, 'GET', '/version')).json).toStrictEqual({
      version: '3.0.0',
      api: 'v1',
    });
    const own = await backend.authority.client('made by the operator');
    expect(
      (await ask(backend, 'POST', '/metrics/push', { headers, body: '{}', pair: own })).status,
    ).toBe(400);
  });

  it('refuses a client that speaks only TLS 1.2', async () => {
    const backend = await start({ profile });
    await expect(ask(backend, 'GET', '/health', { maxVersion: 'TLSv1.2' })).rejects.toThrow();
    await backend.received.waitFor(({ handshakeFailures }) =>
      handshakeFailures.includes('ERR_SSL_UNSUPPORTED_PROTOCOL'),
    );
    expect((await ask(backend, 'GET', '/health')).status).toBe(200);
  });

  it('answers an unknown route with plain text', async () => {
    const backend = await start({ profile, tls: false });
    const answer = await ask(backend, 'GET', '/nowhere');
    expect([answer.status, answer.body]).toStrictEqual([404, '404 page not found']);
  });

  it('keeps no secret in its record', async () => {
    const backend = await start({ profile });
    const collector = await enrol(backend);
    await pushAs(backend, collector);
    const record = JSON.stringify(backend.received.requests);
    expect(record).not.toContain(collector.token.slice(-20));
    expect(record).not.toContain(backend.registrationSecret);
    expect(record).toContain('Bearer …');
  });
});

describe('the documented profile alone', () => {
  it('reads gzip bodies and tells both sizes', async () => {
    const backend = await start();
    const answer = await pushAs(backend, await enrol(backend), { gzip: true });
    expect(answer.status).toBe(200);
    const request = backend.received.to('push')[0]!;
    expect(request.rawBytes).toBeGreaterThan(request.bytes);
    expect(answer.json['bytes_received']).toBe(request.bytes);
  });

  it('refuses a gzip body that is none, a metric without a type, and what is too large', async () => {
    const backend = await start({ maxBodyBytes: 2000 });
    const collector = await enrol(backend);
    const asGzip = { headers: { 'content-encoding': 'gzip' } };
    isRefusal(await pushAs(backend, collector, asGzip), 400);
    isRefusal(await pushAs(backend, collector, { metrics: [{ type: 'a' }] }), 400);
    isRefusal(await pushAs(backend, collector, { metrics: [metric({ type: 7 })] }), 400);
    const large = { metrics: [metric({ text: 'x'.repeat(2000) })], gzip: true };
    isRefusal(await pushAs(backend, collector, large), 413);
  });

  it('gives each collector its configuration with a version, and 404 without one', async () => {
    const backend = await start();
    const [one, other] = [await enrol(backend), await enrol(backend)];
    const pull = ({ token, pair }: typeof one, id: string) =>
      ask(backend, 'GET', `/config/${id}`, { headers: bearer(token), pair });
    isRefusal(await pull(one, one.id), 404);
    backend.setConfig('*', '[collector]\ninterval = 30\n');
    backend.setConfig(other.id, '# mine', 17);
    const answer = await pull(one, one.id);
    expect([answer.status, answer.body]).toStrictEqual([200, '[collector]\ninterval = 30\n']);
    expect(answer.headers['content-type']).toMatch(/^text\/plain/);
    expect(answer.headers['x-config-version']).toBe('1');
    expect((await pull(other, other.id)).headers['x-config-version']).toBe('17');
    isRefusal(await pull(one, other.id), 401, 'Collector ID mismatch');
    expect((await pushAs(backend, other)).json['next_config_version']).toBe(17);
    backend.setConfig(other.id, null);
    expect((await pushAs(backend, other)).json['next_config_version']).toBe(1);
  });
});

describe('the deployed profile alone', () => {
  it('refuses gzip as the Go backend does', async () => {
    const backend = await start({ profile: 'deployed' });
    const answer = await pushAs(backend, await enrol(backend), { gzip: true });
    isRefusal(answer, 400);
    expect(answer.json['details']).toContain(String.raw`invalid character '\x1f'`);
  });

  it('knows no collector when one asks for its configuration', async () => {
    const backend = await start({ profile: 'deployed' });
    const { id, token, pair } = await enrol(backend);
    backend.setConfig('*', 'x = 1');
    const answer = await ask(backend, 'GET', `/config/${id}`, { headers: bearer(token), pair });
    isRefusal(answer, 401, 'User not found');
  });

  it.each([
    ['stores rows of 64-bit integers', { hash: '-8441324848661855122', calls: 5 }, 1],
    ['lets a numeric string vanish', { hash: 1, calls: '"5"' }, 0],
    ['lets a fraction vanish', { hash: 1, calls: 5.5 }, 0],
    ['lets an integer beyond 64 bits vanish', { hash: '9223372036854775808', calls: 5 }, 0],
    ['accepts fractions of time', { hash: 1, total_time: 5.5 }, 1],
  ])('%s', async (_rule, row, inserted) => {
    const backend = await start({ profile: 'deployed', tls: false });
    const collector = await enrol(backend);
    const fields = Object.entries(row).map(([name, value]) => `"${name}":${value}`);
    const body = `{"collector_id":"${collector.id}","hostname":"h","timestamp":"2026-01-02T03:04:05Z","metrics":[
      {"type":"pg_query_stats","timestamp":"2026-01-02T03:04:05Z","queries":[{${fields.join()}}]}]}`;
    const answer = await pushAs(backend, collector, { body });
    expect([answer.status, answer.json['metrics_inserted']]).toStrictEqual([200, inserted]);
  });

  it('crashes on a type that is not a string', async () => {
    const backend = await start({ profile: 'deployed', tls: false });
    const answer = await pushAs(backend, await enrol(backend), { metrics: [metric({ type: 7 })] });
    expect([answer.status, answer.body]).toStrictEqual([500, '']);
  });

  it('limits each address to 1000 requests, without Retry-After, and never the health route', async () => {
    const backend = await start({ profile: 'deployed', tls: false });
    const push = () => ask(backend, 'POST', '/metrics/push');
    let entered = 0;
    let answer = await push();
    for (; answer.status === 401; answer = await push()) entered++;
    expect(entered).toBeGreaterThanOrEqual(1000);
    isRefusal(answer, 429);
    expect(answer.headers['retry-after']).toBeUndefined();
    expect((await ask(backend, 'GET', '/health')).status).toBe(200);
    backend.clockOffsetMs = 10_000;
    expect((await push()).status).toBe(401);
  });
});
