import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import {
  BehaviorSubject,
  type Observable,
  NEVER,
  concatMap,
  map,
  of,
  throwError,
  timer,
} from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { CertificateError, RefusedError, TransportError } from '../../src/errors.ts';
import type { HttpReply, HttpRequest } from '../../src/ports/http.ts';
import type { Config } from '../../src/schema/config.ts';
import { writeEnvelope } from '../../src/schema/envelope.ts';
import type { Payload } from '../../src/schema/payload.ts';
import type { Receipt } from '../../src/schema/receipt.ts';
import type { Credentials, Tokens } from '../../src/sinks/credentials.ts';
import { type HttpsOptions, https } from '../../src/sinks/https.ts';
import type { Sink } from '../../src/sinks/sink.ts';
import { deliveryConfig } from '../support/deliveryConfig.ts';

const ID = '6f0c0f3a-5d0b-4c43-9b6e-2d1c4c1b7e10';
const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzZWNyZXQifQ.c2lnbmF0dXJlLXNlY3JldA';
const stale: Credentials = { collectorId: ID, token: TOKEN, issued: null };
const fresh: Credentials = { ...stale, token: `${TOKEN}2` };
const metric = '{"type":"pg_query_stats","hash":-8441324848661855122}';

function payload(collectorId = ID, metrics = [metric]): Payload {
  const raw = writeEnvelope({
    collector_id: collectorId,
    hostname: 'h',
    timestamp: '2026-01-01T00:00:00.000Z',
    metrics,
  });
  const body = gzipSync(raw);
  return {
    header: {
      id: 'payload-1',
      collectorId,
      counts: { pg_query_stats: metrics.length },
      seqs: [0, metrics.length - 1],
      rawBytes: raw.length,
      bytes: body.length,
      createdAt: '2026-01-01T00:00:00.000Z',
      marks: {},
    },
    body,
  };
}

type Answer = (request: HttpRequest, n: number) => HttpReply | Error;

const ok: Answer = () => ({
  status: 200,
  headers: {},
  body: JSON.stringify({ collector_id: ID, next_config_version: 3 }),
  complete: true,
});
const status =
  (code: number, message = 'no', headers = {}): Answer =>
  () => ({ status: code, headers, body: JSON.stringify({ code, message }), complete: true });
const isGzip = ({ headers }: HttpRequest) => headers['Content-Encoding'] === 'gzip';

interface World {
  readonly answer: Answer;
  readonly config$?: Observable<Config>;
  readonly config?: Config;
  readonly refresh?: Tokens['refresh'];
  readonly credentials$?: Observable<Credentials>;
  readonly payloads?: readonly Payload[];
  readonly onIdentity?: (endpoint: string) => void;
}

/** Sends payloads one after the other in virtual time. */
function run(world: World) {
  const requests: HttpRequest[] = [];
  const receipts: Receipt[] = [];
  const refreshed: unknown[][] = [];
  new TestScheduler(() => undefined).run(({ flush, expectObservable }) => {
    const held$ = new BehaviorSubject(stale);
    const options: HttpsOptions = {
      config$: world.config$ ?? of(world.config ?? deliveryConfig()),
      version: '1.2.3',
      ...(world.onIdentity && { onIdentity: world.onIdentity }),
      compress: (data) => of(gzipSync(data)),
      decompress: (data) => of(gunzipSync(data)),
      http: (request) =>
        timer(100).pipe(
          map(() => {
            requests.push(request);
            const reply = world.answer(request, requests.length);
            if (reply instanceof Error) throw reply;
            return reply;
          }),
        ),
      tokens: {
        credentials$: world.credentials$ ?? held$,
        refresh: (...given) => {
          refreshed.push(given);
          const renewed$ = timer(10).pipe(
            map(() => {
              held$.next(fresh);
              return fresh;
            }),
          );
          return world.refresh?.(...given) ?? renewed$;
        },
      },
    };
    const sinks: readonly Sink[] = [https(options)];
    for (const [n, one] of (world.payloads ?? [payload()]).entries()) {
      const attempt$ = timer(n * 100_000).pipe(
        concatMap(() => sinks[0]!(one, n + 1)),
        map((receipt) => receipts.push(receipt)),
      );
      expectObservable(attempt$);
    }
    flush();
  });
  return { requests, receipts, refreshed };
}

const text = ({ body = new Uint8Array() }: HttpRequest) =>
  Buffer.from(body[0] === 0x1f ? gunzipSync(body) : body).toString();

describe('https', () => {
  it('pushes the gzip body as it is, with token, key, length and agent', () => {
    const { requests, receipts } = run({ answer: ok });
    const { body, header } = payload();
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      method: 'POST',
      url: 'https://backend.test/api/v1/metrics/push',
      headers: {
        Authorization: `Bearer ${TOKEN}`,
        'Content-Type': 'application/json',
        'Content-Encoding': 'gzip',
        'Content-Length': String(body.length),
        'Idempotency-Key': 'payload-1',
        'User-Agent': 'pganalytics-collector/1.2.3',
      },
      transport: { verify: true, minVersion: 'TLSv1.3', timeoutMs: 25_000 },
    });
    expect(Buffer.from(requests[0]!.body!)).toEqual(Buffer.from(body));
    expect(receipts).toEqual([
      {
        header,
        attempt: 1,
        endpoint: 'https://backend.test/api/v1/metrics/push',
        status: 200,
        sentBytes: body.length,
        encoding: 'gzip',
        tookMs: 100,
        verdict: { is: 'delivered', configVersion: 3 },
      },
    ]);
  });

  it('renews the token on 401 once, and sends the same payload under the same key', () => {
    const { requests, receipts, refreshed } = run({
      answer: (request, n) => (n === 1 ? status(401, 'expired')(request, n) : ok(request, n)),
    });
    expect(refreshed).toEqual([[stale, undefined]]);
    expect(requests.map(({ headers }) => headers['Authorization'])).toEqual([
      `Bearer ${stale.token}`,
      `Bearer ${fresh.token}`,
    ]);
    expect(requests[1]!.body).toEqual(requests[0]!.body);
    expect(requests[1]!.headers['Idempotency-Key']).toBe('payload-1');
    expect(receipts.map(({ verdict }) => verdict.is)).toEqual(['delivered']);
  });

  it('tells where the payload may have been stored by a try that got no answer', () => {
    const resent: Answer = () => ({
      ...(status(401)({} as HttpRequest, 1) as HttpReply),
      resent: true,
    });
    const { receipts } = run({
      answer: (request, n) => (n === 1 ? resent : status(413))(request, n),
    });
    expect(receipts).toMatchObject([{ verdict: { is: 'too_large' }, resent: true }]);
    expect(run({ answer: status(413) }).receipts[0]).not.toHaveProperty('resent');
  });

  it('gives up the attempt after a second 401', () => {
    const { requests, receipts } = run({ answer: status(401, 'expired') });
    expect(requests).toHaveLength(2);
    expect(receipts[0]!.verdict).toEqual({ is: 'unauthorized', cause: 'HTTP 401: expired' });
  });

  it('tells the renewal what the clock of the backend says', () => {
    const { refreshed } = run({
      answer: status(401, 'expired', { date: 'Thu, 01 Jan 1970 01:00:00 GMT' }),
    });
    expect(refreshed).toEqual([[stale, 3_600_000]]);
  });

  it.each([
    ['is refused', new RefusedError(404, 'deleted'), 'unauthorized'],
    ['cannot be asked for', new TransportError('ECONNREFUSED', 'refused'), 'retry'],
  ] as const)('says so where a renewal %s', (_, error, is) => {
    const { receipts } = run({
      answer: status(401, 'expired'),
      refresh: () => throwError(() => error),
    });
    expect(receipts[0]).toMatchObject({ status: 401, verdict: { is, cause: error.message } });
  });

  it.each([
    ['403', status(403)],
    ['401 of a proxy', () => ({ status: 401, headers: {}, body: 'nginx', complete: true })],
    ['a mismatch of the collector id', status(401, 'Collector ID mismatch')],
  ])('does not renew the token on %s', (_, answer) => {
    const { requests, refreshed } = run({ answer });
    expect(requests).toHaveLength(1);
    expect(refreshed).toEqual([]);
  });

  it('waits for the first token no longer than one request may take', () => {
    const { receipts, requests } = run({ answer: ok, credentials$: NEVER });
    expect(requests).toEqual([]);
    expect(receipts[0]).toMatchObject({
      status: null,
      sentBytes: 0,
      tookMs: 25_000,
      verdict: { is: 'retry', cause: 'push: there is no token yet' },
    });
  });

  it.each([400, 415])('sends the body as identity within the attempt on %i, and learns', (code) => {
    const learned: string[] = [];
    const { requests, receipts } = run({
      answer: (request, n) => (isGzip(request) ? status(code) : ok)(request, n),
      payloads: [payload(), payload()],
      onIdentity: (endpoint) => learned.push(endpoint),
    });
    expect(requests.map(isGzip)).toEqual([true, false, false]);
    expect(text(requests[1]!)).toBe(text(requests[0]!));
    expect(requests[1]!.headers['Content-Length']).toBe(String(requests[1]!.body!.length));
    expect(receipts.map(({ encoding, verdict }) => [encoding, verdict.is])).toEqual([
      ['identity', 'delivered'],
      ['identity', 'delivered'],
    ]);
    expect(learned).toEqual(['https://backend.test/api/v1/metrics/push']);
  });

  it('learns nothing from poison', () => {
    const { requests, receipts } = run({ answer: status(400), payloads: [payload(), payload()] });
    expect(requests.map(isGzip)).toEqual([true, false, true, false]);
    expect(receipts[0]!.verdict.is).toBe('rejected');
  });

  it('forgets what it learned where the address changes', () => {
    const config$ = new BehaviorSubject(deliveryConfig());
    const { requests } = run({
      config$,
      answer: (request, n) => {
        config$.next(deliveryConfig({ backend: { url: 'https://other.test' } }));
        return (isGzip(request) && n === 1 ? status(415) : ok)(request, n);
      },
      payloads: [payload(), payload()],
    });
    expect(requests.map((request) => [new URL(request.url).host, isGzip(request)])).toEqual([
      ['backend.test', true],
      ['backend.test', false],
      ['other.test', true],
    ]);
  });

  it.each([
    ['gzip', [true], 'rejected'],
    ['none', [false], 'rejected'],
  ] as const)('obeys compression = "%s"', (compression, gzips, is) => {
    const config = deliveryConfig({ backend: { compression } });
    const { requests, receipts } = run({ config, answer: status(400) });
    expect(requests.map(isGzip)).toEqual(gzips);
    expect(receipts[0]!.verdict.is).toBe(is);
  });

  it('wraps a payload of an old collector id anew; its key and metrics stay', () => {
    const { requests } = run({ answer: ok, payloads: [payload('old')] });
    expect(isGzip(requests[0]!)).toBe(true);
    expect(text(requests[0]!)).toBe(text({ body: payload().body } as unknown as HttpRequest));
    expect(requests[0]!.headers['Idempotency-Key']).toBe('payload-1');
  });

  it('reads address, TLS and deadline anew at each attempt', () => {
    const config$ = new BehaviorSubject(deliveryConfig());
    const { requests } = run({
      config$,
      answer: (request, n) => {
        config$.next(
          deliveryConfig({
            backend: { url: 'https://two.test/', timeout: 3 },
            tls: { verify: false, min_version: '1.2', cert_file: '/c', key_file: '/k' },
          }),
        );
        return ok(request, n);
      },
      payloads: [payload(), payload()],
    });
    expect(requests[1]).toMatchObject({
      url: 'https://two.test/api/v1/metrics/push',
      transport: { verify: false, minVersion: 'TLSv1.2', certFile: '/c', timeoutMs: 3_000 },
    });
  });

  it('presents the issued certificate only where none is configured', () => {
    const issued = { certificate: 'C', privateKey: 'K' };
    const credentials$ = of({ ...stale, issued });
    const used = (tls: Partial<Config['tls']>) =>
      run({ answer: ok, credentials$, config: deliveryConfig({ tls }) }).requests[0]!.transport;
    expect(used({}).issued).toEqual(issued);
    expect(used({ cert_file: '/c', key_file: '/k' }).issued).toBeNull();
  });

  it.each([
    ['no address', deliveryConfig({ backend: { url: undefined as unknown as string } })],
    ['plain HTTP', deliveryConfig({ backend: { url: 'http://backend.test' } })],
  ])('sends nothing with %s', (_, config) => {
    const { requests, receipts } = run({ config, answer: ok });
    expect(requests).toEqual([]);
    expect(receipts[0]).toMatchObject({ status: null, sentBytes: 0, verdict: { is: 'retry' } });
  });

  it.each([
    [new TransportError('ECONNREFUSED', 'x'), false],
    [new TransportError('CERT_HAS_EXPIRED', 'x'), false],
    [new CertificateError('x'), false],
    [new TransportError('ETIMEDOUT', 'x'), true],
    [new TransportError('ECONNRESET', 'x'), true],
  ])('says whether anything was sent before %s', (error, sent) => {
    const { receipts } = run({ answer: () => error });
    expect(receipts[0]).toMatchObject({ status: null, verdict: { is: 'retry', cause: 'x' } });
    expect(receipts[0]!.sentBytes > 0).toBe(sent);
  });

  it('shows no token and no password of the address in a receipt, whatever the backend answers', () => {
    const config = deliveryConfig({
      backend: { url: 'https://user:hunter22@backend.test/?key=hunter22' },
    });
    const bodies = fc.oneof(
      fc.constant(JSON.stringify({ code: 400, message: TOKEN, details: `Bearer ${TOKEN}` })),
      fc.string().map((said) => JSON.stringify({ message: `${said}${TOKEN}\u001b[31m` })),
      fc.string().map((said) => said + TOKEN),
    );
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), bodies, (code, body) => {
        const { receipts } = run({
          config,
          answer: () => ({ status: code, headers: {}, body, complete: true }),
        });
        const shown = JSON.stringify(receipts);
        for (const secret of [TOKEN, TOKEN.split('.')[2]!, 'hunter22', '\\u001b']) {
          expect(shown).not.toContain(secret);
        }
      }),
      // The first token of an attempt, echoed after the second was presented.
      { examples: [[401, JSON.stringify({ message: TOKEN })]] },
    );
  });
});
