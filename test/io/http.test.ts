import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import type { ServerOptions } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import type { TLSSocket } from 'node:tls';
import { join } from 'node:path';
import { firstValueFrom } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Authority, type Pair, makeAuthority } from '../../dev/certificates.ts';
import { CertificateError, TransportError } from '../../src/errors.ts';
import { Agents } from '../../src/io/agents.ts';
import { type ClosableHttp, http } from '../../src/io/http.ts';
import type { HttpRequest, Transport } from '../../src/ports/http.ts';
import { type TestServer, startServer } from '../support/tlsServer.ts';

let authority: Authority;
let pair: Pair;
let folder: string;
let caFile: string;
const servers: TestServer[] = [];
let port: ClosableHttp;
let warnings: string[];

beforeAll(async () => {
  authority = await makeAuthority();
  pair = await authority.server();
  folder = await mkdtemp(join(tmpdir(), 'pganalytics-http-'));
  caFile = join(folder, 'ca.pem');
  await writeFile(caFile, authority.certificate);
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  warnings = [];
  port = http({ onWarning: (message) => warnings.push(message) });
});
afterEach(async () => {
  port.close();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function serve(listener: RequestListener, options: ServerOptions = {}): Promise<TestServer> {
  const server = await startServer(
    { cert: pair.certificate, key: pair.privateKey, ...options },
    listener,
  );
  servers.push(server);
  return server;
}

const transport = (overrides: Partial<Transport> = {}): Transport => ({
  verify: true,
  minVersion: 'TLSv1.3',
  certFile: null,
  keyFile: null,
  caFile,
  issued: null,
  timeoutMs: 5_000,
  ...overrides,
});

const TOKEN = 'header.secret-payload.secret-signature';

const push = (url: string, overrides: Partial<Transport> = {}): HttpRequest => ({
  name: 'push',
  method: 'POST',
  url: `${url}/api/v1/metrics/push`,
  headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
  body: Buffer.from('{"body":"secret"}'),
  transport: transport(overrides),
});

const send = (request: HttpRequest) => firstValueFrom(port.request(request));

async function failure(request: HttpRequest): Promise<TransportError> {
  const error = await send(request).then(
    (reply) => Promise.reject(new Error(`answered ${reply.status}`)),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TransportError);
  return error as TransportError;
}

const ok: RequestListener = (request, response) => {
  request.resume();
  request.on('end', () => response.end('{}'));
};

describe('http', () => {
  it('sends method, headers, body and Content-Length, and emits the whole reply', async () => {
    const seen: { headers: NodeJS.Dict<string | string[]>; body: string }[] = [];
    const { url } = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        seen.push({ headers: request.headers, body });
        response.writeHead(202, { 'X-Config-Version': '7' }).end('{"ok":true}');
      });
    });
    const reply = await send(push(url));
    expect(reply).toMatchObject({ status: 202, body: '{"ok":true}', complete: true });
    expect(reply.headers['x-config-version']).toBe('7');
    expect(seen[0]!.body).toBe('{"body":"secret"}');
    expect(seen[0]!.headers).toMatchObject({
      'content-length': '17',
      'content-type': 'application/json',
      authorization: `Bearer ${TOKEN}`,
    });
  });

  it('says Content-Length: 0 for a POST without a body, and nothing for a GET', async () => {
    const lengths: unknown[] = [];
    const types: unknown[] = [];
    const { url } = await serve((request, response) => {
      lengths.push(request.headers['content-length'], request.headers['transfer-encoding']);
      types.push(request.headers['content-type']);
      response.end();
    });
    const bare = { name: 'x', url, headers: {}, transport: transport() } as const;
    await send({ ...bare, method: 'POST' });
    await send({ ...bare, method: 'GET' });
    expect(lengths).toEqual(['0', undefined, undefined, undefined]);
    expect(types).toEqual([undefined, undefined]);
  });

  it('keeps the connection for the next request', async () => {
    const server = await serve(ok);
    for (let n = 0; n < 3; n++) await send(push(server.url));
    expect(server.connections()).toBe(1);
  });

  it('tries once more at once where a kept connection was closed meanwhile', async () => {
    let requests = 0;
    const server = await serve((request, response) => {
      if (++requests === 2) request.socket.destroy();
      else ok(request, response);
    });
    await send(push(server.url));
    expect(await send(push(server.url))).toMatchObject({ status: 200, resent: true });
    expect(server.connections()).toBe(2);
    expect(await send(push(server.url))).not.toHaveProperty('resent');
  });

  it('does not try again where a fresh connection is closed', async () => {
    let requests = 0;
    const { url } = await serve((request) => {
      requests++;
      request.socket.destroy();
    });
    expect((await failure(push(url))).reason).toBe('ECONNRESET');
    expect(requests).toBe(1);
  });

  it('does not follow a redirect', async () => {
    let requests = 0;
    const { url } = await serve((_, response) => {
      requests++;
      response.writeHead(307, { Location: '/elsewhere' }).end();
    });
    expect(await send(push(url))).toMatchObject({ status: 307 });
    expect(requests).toBe(1);
  });

  it('dripping body: ended at the deadline, as not complete', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { 'Content-Length': '1000' });
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    });
    const startedAt = Date.now();
    const reply = await send(push(url, { timeoutMs: 300 }));
    expect(reply).toMatchObject({ status: 200, complete: false });
    expect(Date.now() - startedAt).toBeLessThan(10_000);
  });

  it('reports an answer that never comes as a time-out', async () => {
    const { url } = await serve(() => undefined);
    const error = await failure(push(url, { timeoutMs: 1_000 }));
    expect(error.reason).toBe('ETIMEDOUT');
    expect(error.message).toContain('within 1 s');
  });

  it('ends a handshake that hangs at the deadline', async () => {
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port: number } = silent.address() as { port: number };
    const error = await failure(push(`https://127.0.0.1:${number}`, { timeoutMs: 200 }));
    expect(error.reason).toBe('ETIMEDOUT');
    await new Promise((resolve) => silent.close(resolve));
  });

  it('emits a body that was cut as not complete', async () => {
    const { url } = await serve((request, response) => {
      response.writeHead(200, { 'Content-Length': '1000' });
      response.write('{"collector_id"', () => request.socket.destroy());
    });
    expect(await send(push(url))).toMatchObject({
      status: 200,
      body: '{"collector_id"',
      complete: false,
    });
  });

  it('reads at most 1 MiB of a body', async () => {
    const { url } = await serve((_, response) => response.end('x'.repeat(3_000_000)));
    const reply = await send(push(url));
    expect(reply).toMatchObject({ status: 200, complete: false });
    expect(reply.body.length).toBe(1_048_576);
  });

  it('aborts the request on unsubscribe', async () => {
    let arrived: () => void;
    const here = new Promise<void>((resolve) => (arrived = resolve));
    let closed: () => void;
    const gone = new Promise<void>((resolve) => (closed = resolve));
    const { url } = await serve((request) => {
      request.socket.on('close', () => closed());
      arrived();
    });
    const subscription = port.request(push(url)).subscribe();
    await here;
    subscription.unsubscribe();
    await gone;
  });

  it('uses no credentials of the address in place of the token', async () => {
    let authorization: string | undefined;
    const { url } = await serve((request, response) => {
      ({ authorization } = request.headers);
      response.end();
    });
    await send(push(url.replace('https://', 'https://user:password@')));
    expect(authorization).toBe(`Bearer ${TOKEN}`);
  });
});

describe('http over TLS', () => {
  it('refuses a server that speaks TLS 1.2 only', async () => {
    const { url } = await serve(ok, { maxVersion: 'TLSv1.2' });
    const error = await failure(push(url));
    expect(error.message).toContain('TLS 1.3');
    await expect(send(push(url, { minVersion: 'TLSv1.2' }))).resolves.toMatchObject({
      status: 200,
    });
  });

  it('refuses a certificate for another host', async () => {
    const other = await authority.wrongHost();
    const { url } = await serve(ok, { cert: other.certificate, key: other.privateKey });
    expect((await failure(push(url))).reason).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it.each([
    ['expired', 'CERT_HAS_EXPIRED'],
    ['notYetValid', 'CERT_NOT_YET_VALID'],
  ] as const)(
    'refuses a certificate that is %s and says what this host’s clock says',
    async (kind, reason) => {
      const bad = await authority[kind]();
      const { url } = await serve(ok, { cert: bad.certificate, key: bad.privateKey });
      const error = await failure(push(url));
      expect(error.reason).toBe(reason);
      const today = new Date().toISOString().slice(0, 10);
      expect(error.message).toContain(`this host's clock says ${today}`);
    },
  );

  it('refuses a certificate of an unknown authority and names ca_file', async () => {
    const { url } = await serve(ok);
    const error = await failure(push(url, { caFile: null }));
    expect(error.message).toContain('ca_file');
  });

  it('does not obey NODE_TLS_REJECT_UNAUTHORIZED=0, and warns of it and of NODE_OPTIONS, once', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    vi.stubEnv('NODE_OPTIONS', '--require=/opt/secret.cjs');
    try {
      const { url } = await serve(ok);
      await failure(push(url, { caFile: null }));
      await failure(push(url, { caFile: null }));
      expect(warnings).toEqual([
        expect.stringContaining('is not obeyed'),
        expect.stringMatching(/^NODE_OPTIONS in the environment holds --require, /),
      ]);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('accepts any certificate only where verification is off', async () => {
    const { url } = await serve(ok);
    await expect(send(push(url, { caFile: null, verify: false }))).resolves.toMatchObject({
      status: 200,
    });
  });

  it('client certificate refused: named as a possible cause; one that fits is presented', async () => {
    const demanding = { ca: authority.certificate, requestCert: true, rejectUnauthorized: true };
    const { url } = await serve(ok, demanding);
    const good = await authority.client('collector');
    const issued = { certificate: good.certificate, privateKey: good.privateKey };
    await expect(send(push(url, { issued }))).resolves.toMatchObject({ status: 200 });

    const stranger = await (await makeAuthority('Stranger')).client('collector');
    const refused = await failure(push(url, { issued: stranger }));
    expect(refused.message).toMatch(/client certificate/);
    const without = await failure(push(url));
    expect(without.message).toMatch(/client certificate/);
  });

  it('certificate before key: the old pair serves until the new one fits, from the next request on', async () => {
    const subjects: string[] = [];
    const { url } = await serve(
      (request, response) => {
        const { subject } = (request.socket as unknown as TLSSocket).getPeerCertificate();
        subjects.push(String(subject.CN));
        response.end();
      },
      { ca: authority.certificate, requestCert: true, rejectUnauthorized: true },
    );
    const certFile = join(folder, 'client.pem');
    const keyFile = join(folder, 'client.key');
    const [first, second] = [await authority.client('first'), await authority.client('second')];
    await writeFile(certFile, first.certificate);
    await writeFile(keyFile, first.privateKey, { mode: 0o600 });
    const request = push(url, { certFile, keyFile });
    await send(request);
    await writeFile(certFile, second.certificate);
    await utimes(certFile, 1, 1);
    await send(request);
    await send(request);
    await writeFile(keyFile, second.privateKey);
    await send(request);
    expect(subjects).toEqual(['first', 'first', 'first', 'second']);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain('is not the key of');
  });
});

describe('certificate files that cannot be read', () => {
  it('are an error at once where a FIFO stands in the place of one', async () => {
    const fifo = join(folder, 'fifo.pem');
    execFileSync('mkfifo', [fifo]);
    const error = await send(push('https://127.0.0.1:1', { caFile: fifo })).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(CertificateError);
    expect(String(error)).toContain('is not a regular file');
  });

  it('hold a request no longer than its deadline', async () => {
    const never = vi
      .spyOn(Agents.prototype, 'secure')
      .mockReturnValue(new Promise(() => undefined));
    try {
      const error = await failure(push('https://127.0.0.1:1', { timeoutMs: 50 }));
      expect(error.reason).toBe('ERR_NO_CERTIFICATES');
      expect(error.message).toContain('the certificate files of [tls] could not be read');
    } finally {
      never.mockRestore();
    }
  });
});

describe('errors of http', () => {
  it.each([
    ['ECONNREFUSED', () => 'https://127.0.0.1:1'],
    ['ENOTFOUND', () => 'https://no-such-host.invalid'],
  ])('are TransportErrors with the reason %s', async (reason, url) => {
    const error = await failure(push(url()));
    expect(error.reason).toMatch(new RegExp(`${reason}|EAI_AGAIN`));
  });

  it('hold no token, body or key, and no AxiosError', async () => {
    const stranger = await (await makeAuthority('Stranger')).client('collector');
    const { url } = await serve((request) => request.socket.destroy());
    const plain = await startServer(null, (request) => request.socket.destroy());
    servers.push(plain);
    const requests = [
      push(url, { issued: stranger }),
      push(url, { caFile: null }),
      push(url, { timeoutMs: 1 }),
      push(plain.url),
      push('https://127.0.0.1:1'),
      push('no address'),
    ];
    for (const request of requests) {
      const error = await failure(request);
      const text = [
        JSON.stringify(error),
        String(error.stack),
        JSON.stringify(error, Object.getOwnPropertyNames(error)),
      ].join();
      expect(error.cause).toBeUndefined();
      for (const secret of ['secret', 'PRIVATE KEY', stranger.privateKey.slice(40, 80)]) {
        expect(text).not.toContain(secret);
      }
    }
  });
});
