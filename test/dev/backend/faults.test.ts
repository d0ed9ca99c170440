import { afterEach, describe, expect, it } from 'vitest';
import { Type } from '@sinclair/typebox';
import { makeAuthority } from '../../../dev/certificates.ts';
import type { Fault } from '../../../dev/backend/faults.ts';
import {
  type BackendOptions,
  type MockBackend,
  startBackend,
} from '../../../dev/backend/startBackend.ts';
import { int64 } from '../../../src/schema/fields.ts';
import { metricSchema } from '../../../src/schema/metric.ts';
import { ask, enrol, metric, pushAs } from './client.ts';

const started: MockBackend[] = [];
const start = async (options?: BackendOptions) => {
  const backend = await startBackend(options);
  started.push(backend);
  return backend;
};
afterEach(async () => {
  await Promise.all(started.splice(0).map((backend) => backend.stop()));
});
const enrolled = async (options?: BackendOptions) => {
  const backend = await start(options);
  return { backend, collector: await enrol(backend) };
};

describe('scripted faults', () => {
  it('meet requests in order, each as often as planned, and only those they are meant for', async () => {
    const { backend, collector } = await enrolled();
    backend.faults
      .add('push', { kind: 'status', status: 503 }, { times: 2 })
      .add('push', { kind: 'status', status: 429, headers: { 'retry-after': '7' } })
      .add('config', { kind: 'status', status: 500 });
    const answers = [];
    for (let count = 0; count < 4; count++) answers.push(await pushAs(backend, collector));
    expect(answers.map(({ status }) => status)).toStrictEqual([503, 503, 429, 200]);
    expect(answers[2]!.headers['retry-after']).toBe('7');
    expect(backend.received.pushes).toHaveLength(1);
    expect(backend.received.to('push').map(({ fault }) => fault)).toStrictEqual([
      'status',
      'status',
      'status',
      null,
    ]);
    expect(backend.faults.left).toBe(1);
    backend.faults.clear();
    expect(backend.faults.left).toBe(0);
  });

  it('can be meant for one payload alone', async () => {
    const { backend, collector } = await enrolled();
    const when = ({ idempotencyKey }: { idempotencyKey: string | null }) =>
      idempotencyKey === 'poison';
    backend.faults.add('push', { kind: 'status', status: 500 }, { times: Infinity, when });
    expect((await pushAs(backend, collector, { key: 'poison' })).status).toBe(500);
    expect((await pushAs(backend, collector, { key: 'good' })).status).toBe(200);
    expect((await pushAs(backend, collector, { key: 'poison' })).status).toBe(500);
  });

  it('answer with a JSON error, a page or a redirect', async () => {
    const { backend } = await enrolled();
    const body = { code: 403, message: 'no' };
    backend.faults
      .add('health', { kind: 'status', status: 403, body })
      .add('health', { kind: 'html' })
      .add('health', { kind: 'redirect', location: 'https://elsewhere.example/' });
    expect((await ask(backend, 'GET', '/health')).json).toStrictEqual(body);
    const page = await ask(backend, 'GET', '/health');
    expect([page.status, page.headers['content-type']]).toStrictEqual([200, 'text/html']);
    const redirect = await ask(backend, 'GET', '/health');
    expect([redirect.status, redirect.headers['location']]).toStrictEqual([
      307,
      'https://elsewhere.example/',
    ]);
  });

  it.each<[boolean, 'stored' | 'not stored', Fault]>([
    [true, 'not stored', { kind: 'reset' }],
    [true, 'stored', { kind: 'lost' }],
    [true, 'stored', { kind: 'cut' }],
    [false, 'not stored', { kind: 'reset' }],
    [false, 'stored', { kind: 'lost' }],
    [false, 'stored', { kind: 'cut' }],
  ])('break the connection (TLS: %s), with the push %s: %o', async (isTls, stored, fault) => {
    const { backend, collector } = await enrolled(isTls ? {} : { tls: false });
    backend.faults.add('push', fault);
    const failure = await pushAs(backend, collector).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'ECONNRESET' });
    expect(backend.received.pushes).toHaveLength(stored === 'stored' ? 1 : 0);
    expect(backend.received.to('push')[0]!.status).toBe(fault.kind === 'cut' ? 200 : null);
    expect((await pushAs(backend, collector)).status).toBe(200);
  });

  it('hold an answer back, for a while or for ever', async () => {
    const { backend, collector } = await enrolled();
    backend.faults.add('push', { kind: 'delay', ms: 150 }).add('push', { kind: 'hang' });
    const before = performance.now();
    expect((await pushAs(backend, collector)).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThan(140);
    const hanging = pushAs(backend, collector).catch((error: unknown) => error);
    await backend.received.waitFor(({ requests }) => requests.at(-1)?.fault === 'hang');
    await backend.stop();
    expect(await hanging).toMatchObject({ code: 'ECONNRESET' });
    expect(backend.received.pushes).toHaveLength(1);
  });

  it('let an answer drip', async () => {
    const { backend } = await enrolled();
    backend.faults.add('version', { kind: 'drip', everyMs: 5 });
    const before = performance.now();
    const { json, body } = await ask(backend, 'GET', '/version');
    expect(json).toStrictEqual({ version: '3.0.0', api: 'v1' });
    expect(performance.now() - before).toBeGreaterThan(body.length * 5 * 0.9);
  });
});

describe('idempotency', () => {
  it('answers a replay like the first, and stores it once', async () => {
    const { backend, collector } = await enrolled();
    backend.faults.add('push', { kind: 'lost' });
    await expect(pushAs(backend, collector, { key: 'k1', gzip: true })).rejects.toThrow();
    const replay = await pushAs(backend, collector, { key: 'k1' });
    const again = await pushAs(backend, collector, { key: 'k1', gzip: true });
    expect(replay.status).toBe(200);
    expect(again.body).toBe(replay.body);
    expect(backend.received.pushes).toHaveLength(1);
    expect(backend.received.replays).toHaveLength(2);
    expect(backend.received.duplicates()).toStrictEqual([]);
  });

  it('scopes keys to the collector, and refuses one for another body', async () => {
    const { backend, collector } = await enrolled();
    const other = await enrol(backend);
    expect((await pushAs(backend, collector, { key: 'k' })).status).toBe(200);
    expect((await pushAs(backend, other, { key: 'k' })).status).toBe(200);
    expect((await pushAs(backend, collector, { key: 'k', metrics: [] })).status).toBe(422);
    expect(backend.received.pushes).toHaveLength(2);
  });

  it('tells a concurrent twin to come again', async () => {
    const { backend, collector } = await enrolled();
    backend.faults.add('push', { kind: 'delay', ms: 300 });
    const first = pushAs(backend, collector, { key: 'k' });
    await backend.received.waitFor((received) => received.to('push').length === 1);
    const twin = await pushAs(backend, collector, { key: 'k' });
    expect([twin.status, twin.headers['retry-after']]).toStrictEqual([409, '1']);
    expect((await first).status).toBe(200);
    expect(backend.received.pushes).toHaveLength(1);
  });

  it('is unknown to the deployed profile, where a second push counts twice', async () => {
    const { backend, collector } = await enrolled({ profile: 'deployed', tls: false });
    for (let count = 0; count < 2; count++) await pushAs(backend, collector, { key: 'k' });
    expect(backend.received.pushes).toHaveLength(2);
    expect(backend.received.duplicates()).toStrictEqual([metric()]);
  });
});

describe('the record', () => {
  const probe = metricSchema('probe', 'for tests', { value: int64('any'), name: Type.String() });

  it('notes metrics that break their schema, from the wire', async () => {
    const { backend, collector } = await enrolled({ schemas: [probe] });
    const send = (value: string, name = '"a"') =>
      `{"type":"probe","timestamp":"2026-01-02T03:04:05.678Z","value":${value},"name":${name}}`;
    const metrics = [
      send('1'),
      send('-8441324848661855122'),
      send('"12"'),
      send('1.5'),
      send('99999999999999999999'),
      send('1', '7'),
      JSON.stringify(metric()),
    ];
    const body = `{"collector_id":"${collector.id}","hostname":"h","timestamp":"2026-01-02T03:04:05Z","metrics_count":1,"metrics":[${metrics.join()}]}`;
    expect((await pushAs(backend, collector, { body })).status).toBe(200);
    expect(backend.received.metrics('probe')[1]!['value']).toBe(-8441324848661855122n);
    expect(backend.received.violations.map(({ problem }) => problem)).toStrictEqual([
      'metrics_count is 1, but 7 metrics came',
      'probe/value must be a bare 64-bit integer',
      'probe/value must be integer,string, probe/value must be a bare 64-bit integer',
      'probe/value must be a bare 64-bit integer',
      'probe/name must be string',
      'no schema for type "sysstat"',
    ]);
  });

  it('wakes those who wait, and tells them what came when it was in vain', async () => {
    const { backend, collector } = await enrolled();
    const three = backend.received.waitFor(({ pushes }) => pushes.length === 3 && pushes);
    for (let count = 0; count < 3; count++) await pushAs(backend, collector);
    expect(await three).toHaveLength(3);
    await expect(backend.received.waitFor(({ pushes }) => pushes.length === 4, 50)).rejects.toThrow(
      /pushes\.length === 4.*4 requests came, the last: register 200, push 200/,
    );
  });

  it('keeps sums alone where it is told to', async () => {
    const { backend, collector } = await enrolled({ keep: false });
    await pushAs(backend, collector, { metrics: [metric(), metric()], gzip: true });
    const { requests, pushes, totals, counts } = backend.received;
    expect([requests, pushes]).toStrictEqual([[], []]);
    expect(totals).toMatchObject({ requests: 2, pushes: 1, metrics: 2 });
    expect([...counts]).toStrictEqual([['sysstat', 2]]);
  });
});

describe('the server', () => {
  it('goes down and comes back on the same port with what it knew', async () => {
    const { backend, collector } = await enrolled();
    await pushAs(backend, collector, { key: 'k' });
    await backend.down();
    expect(await pushAs(backend, collector).catch((error: unknown) => error)).toMatchObject({
      code: 'ECONNREFUSED',
    });
    await backend.up();
    await pushAs(backend, collector, { key: 'k' });
    expect(backend.received.replays).toHaveLength(1);
  });

  it('runs many at once', async () => {
    const ports = (await Promise.all([start(), start(), start()])).map(({ port }) => port);
    expect(new Set(ports).size).toBe(3);
  });

  it('shows faulty certificates when it is told to', async () => {
    const authority = await makeAuthority();
    const backend = await start({ authority, tls: { pair: await authority.expired() } });
    const failure = () => ask(backend, 'GET', '/health').catch((error: unknown) => error);
    expect(await failure()).toMatchObject({ code: 'CERT_HAS_EXPIRED' });
    backend.useCertificate(await authority.notYetValid());
    expect(await failure()).toMatchObject({ code: 'CERT_NOT_YET_VALID' });
    backend.useCertificate(await authority.wrongHost());
    expect(await failure()).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    backend.useCertificate(await (await makeAuthority('Another one')).server());
    expect(await failure()).toMatchObject({
      code: expect.stringMatching(/UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/) as string,
    });
    backend.useCertificate(await authority.server());
    expect(await failure()).toMatchObject({ status: 200 });
  });

  it('speaks only TLS 1.2 when it is told to', async () => {
    const backend = await start({ tls: { maxVersion: 'TLSv1.2' } });
    await expect(ask(backend, 'GET', '/health', { maxVersion: 'TLSv1.3' })).rejects.toThrow();
    expect((await ask(backend, 'GET', '/health', { maxVersion: 'TLSv1.2' })).status).toBe(200);
  });

  it('resets a client without certificate behind the handshake when certificates are required', async () => {
    const backend = await start({ clientCertificates: 'required' });
    await expect(ask(backend, 'GET', '/health')).rejects.toThrow();
    const pair = await backend.authority.client('known');
    expect((await ask(backend, 'GET', '/health', { pair })).status).toBe(200);
  });
});
