import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstValueFrom } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeAuthority } from '../../dev/certificates.ts';
import { TransportError } from '../../src/errors.ts';
import { type ClosableHttp, http } from '../../src/io/http.ts';
import type { HttpReply, Transport } from '../../src/ports/http.ts';
import { neverSent } from '../../src/sinks/neverSent.ts';
import { type ConnectProxy, type Manner, startConnectProxy } from '../support/connectProxy.ts';
import { type TestServer, startServer } from '../support/tlsServer.ts';

const TOKEN = 'header.secret-payload.secret-signature';

let folder: string;
let backend: TestServer;
let port: ClosableHttp;
const proxies: ConnectProxy[] = [];

beforeAll(async () => {
  const authority = await makeAuthority();
  const { certificate, privateKey } = await authority.server();
  folder = await mkdtemp(join(tmpdir(), 'pganalytics-proxy-'));
  await writeFile(join(folder, 'ca.pem'), authority.certificate);
  await writeFile(join(folder, 'other.pem'), (await makeAuthority()).certificate);
  backend = await startServer({ cert: certificate, key: privateKey }, (request, response) => {
    request.resume();
    request.on('end', () => response.end(`{"got":"${request.headers.authorization}"}`));
  });
});
afterAll(async () => {
  await backend.stop();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  port = http({ onWarning: () => undefined });
});
afterEach(async () => {
  port.close();
  vi.unstubAllEnvs();
  await Promise.all(proxies.splice(0).map((proxy) => proxy.stop()));
});

async function start(manner: Manner): Promise<ConnectProxy> {
  const proxy = await startConnectProxy(manner);
  proxies.push(proxy);
  return proxy;
}

function send(transport: Partial<Transport>): Promise<HttpReply> {
  return firstValueFrom(
    port.request({
      name: 'push',
      method: 'POST',
      url: `${backend.url}/api/v1/metrics/push`,
      headers: { Authorization: `Bearer ${TOKEN}` },
      body: Buffer.from('a body'),
      transport: {
        verify: true,
        minVersion: 'TLSv1.3',
        certFile: null,
        keyFile: null,
        caFile: join(folder, 'ca.pem'),
        issued: null,
        timeoutMs: 5_000,
        ...transport,
      },
    }),
  );
}

async function failure(transport: Partial<Transport>): Promise<TransportError> {
  const error: unknown = await send(transport).then(
    ({ status }) => Promise.reject(new Error(`answered ${status}`)),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TransportError);
  return error as TransportError;
}

describe('a proxy', () => {
  it('connects, and sees nothing of what goes through it', async () => {
    const proxy = await start('connects');
    expect(await send({ proxy: proxy.url })).toMatchObject({
      status: 200,
      body: `{"got":"Bearer ${TOKEN}"}`,
    });
    expect(proxy.asked).toEqual([{ target: `127.0.0.1:${backend.port}`, authorization: null }]);
    expect(proxy.seen().length).toBeGreaterThan(100);
    expect(proxy.seen()).not.toMatch(/secret|HTTP|body/);
  });

  it('is asked once: the connection is kept for the next request', async () => {
    const proxy = await start('connects');
    await send({ proxy: proxy.url });
    await send({ proxy: proxy.url });
    expect(proxy.asked).toHaveLength(1);
  });

  it('gets the user and password that its address holds', async () => {
    const proxy = await start('connects');
    await send({ proxy: `http://agent:p%40ss@127.0.0.1:${proxy.port}` });
    const authorization = `Basic ${Buffer.from('agent:p@ss').toString('base64')}`;
    expect(proxy.asked[0]).toMatchObject({ authorization });
  });

  it('cannot pose as the backend: its certificate is verified end to end', async () => {
    const proxy = await start('connects');
    const { reason } = await failure({ proxy: proxy.url, caFile: join(folder, 'other.pem') });
    expect(reason).toMatch(/CERT|UNABLE/);
  });

  it('of the environment is not used', async () => {
    const proxy = await start('connects');
    for (const name of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'ALL_PROXY'])
      vi.stubEnv(name, proxy.url);
    expect(await send({})).toMatchObject({ status: 200 });
    expect(proxy.open()).toBe(0);
  });
});

describe('a proxy that does not connect', () => {
  it('CONNECT closed: told at once, and worth another attempt', async () => {
    const proxy = await start('closes');
    const before = performance.now();
    const error = await failure({ proxy: proxy.url, timeoutMs: 20_000 });
    expect(performance.now() - before).toBeLessThan(10_000);
    expect(error.reason).toBe('ERR_PROXY_CLOSED');
    expect(error.message).toMatch(/closed the connection before it had connected/);
    // Nothing of the payload went out: it may be split or sent again at will.
    expect(neverSent(error)).toBe(true);
  });

  it.each([
    ['asks who', 'ERR_PROXY_STATUS_407', /user and password/],
    ['forbids', 'ERR_PROXY_STATUS_403', /refuses to connect there, with status 403/],
    ['talks nonsense', 'ERR_PROXY_ANSWER', /does not answer as an HTTP proxy/],
  ] as const)('and %s is told so, without its credentials', async (manner, reason, says) => {
    const proxy = await start(manner);
    const error = await failure({ proxy: `http://agent:hunter2@127.0.0.1:${proxy.port}` });
    expect(error.reason).toBe(reason);
    expect(error.message).toMatch(says);
    expect(error.message).not.toMatch(/hunter2|agent:/);
  });

  it('but is silent holds nobody up beyond the deadline, and no socket', async () => {
    const proxy = await start('is silent');
    const before = performance.now();
    const { reason } = await failure({ proxy: proxy.url, timeoutMs: 1_000 });
    expect(reason).toMatch(/^(ETIMEDOUT|ERR_PROXY_TIMEOUT)$/);
    expect(performance.now() - before).toBeLessThan(5_000);
    await vi.waitFor(() => expect(proxy.open()).toBe(0), 5_000);
  });

  it('because it is not there is told so', async () => {
    const proxy = await start('connects');
    await proxy.stop();
    const { reason, message } = await failure({ proxy: proxy.url });
    expect(reason).toBe('ERR_PROXY_UNREACHABLE');
    expect(message).toMatch(/cannot be reached/);
  });
});
