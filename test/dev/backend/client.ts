import { request as requestPlain } from 'node:http';
import { Agent, request as requestTls } from 'node:https';
import type { SecureVersion } from 'node:tls';
import { gzipSync } from 'node:zlib';
import type { Pair } from '../../../dev/certificates.ts';
import type { MockBackend } from '../../../dev/backend/startBackend.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body as JSON, for tests to look into. */
  readonly json: Record<string, unknown>;
}

export interface Asking {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly pair?: Pair;
  readonly maxVersion?: SecureVersion;
  /** Send the body without its length. */
  readonly chunked?: boolean;
}

/** One request over a connection of its own. */
export function ask(
  backend: MockBackend,
  method: 'GET' | 'POST',
  path: string,
  asking: Asking = {},
): Promise<Answer> {
  const { headers = {}, body, pair, maxVersion, chunked = false } = asking;
  const isTls = backend.url.startsWith('https:');
  const agent = new Agent({
    ca: backend.authority.certificate,
    ...(pair && { cert: pair.certificate, key: pair.privateKey }),
    ...(maxVersion && { minVersion: maxVersion, maxVersion }),
  });
  const length = body === undefined || chunked ? {} : { 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const send = isTls ? requestTls : requestPlain;
    const sent = send(
      `${backend.url}/api/v1${path}`,
      { method, headers: { ...headers, ...length }, ...(isTls && { agent }) },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.once('error', reject).once('end', () => {
          resolve({
            status: response.statusCode!,
            headers: response.headers as Record<string, string>,
            body: text,
            get json() {
              return JSON.parse(text) as Record<string, unknown>;
            },
          });
        });
      },
    );
    sent.once('error', reject);
    if (body !== undefined && chunked) sent.write(body);
    sent.end(chunked ? undefined : body);
  });
}

export interface Registered {
  readonly id: string;
  readonly token: string;
  readonly pair: Pair;
  readonly expiresAt: string;
}

/** Registers a collector. */
export async function enrol(backend: MockBackend): Promise<Registered> {
  const { json } = await ask(backend, 'POST', '/collectors/register', {
    headers: { 'x-registration-secret': backend.registrationSecret },
    body: JSON.stringify({
      name: 'db1',
      hostname: 'db1.example',
      address: '192.0.2.1',
      version: '1',
    }),
  });
  return {
    id: json['collector_id'] as string,
    token: json['token'] as string,
    expiresAt: json['expires_at'] as string,
    pair: { certificate: json['certificate'] as string, privateKey: json['private_key'] as string },
  };
}

export interface Pushing extends Asking {
  /** Fields of the envelope that differ; undefined leaves one out. */
  readonly envelope?: Readonly<Record<string, unknown>>;
  readonly metrics?: readonly unknown[];
  readonly gzip?: boolean;
  readonly key?: string;
}

export const metric = (fields: Readonly<Record<string, unknown>> = {}) => ({
  type: 'sysstat',
  timestamp: '2026-01-02T03:04:05.678Z',
  ...fields,
});

/** Pushes metrics as a registered collector. */
export function pushAs(
  backend: MockBackend,
  { id, token, pair }: Registered,
  pushing: Pushing = {},
): Promise<Answer> {
  const { envelope = {}, metrics = [metric()], gzip = false, key, ...asking } = pushing;
  const body = JSON.stringify({
    collector_id: id,
    hostname: 'db1.example',
    timestamp: '2026-01-02T03:04:05.678Z',
    metrics,
    metrics_count: metrics.length,
    ...envelope,
  });
  return ask(backend, 'POST', '/metrics/push', {
    pair,
    body: gzip ? gzipSync(body) : body,
    ...asking,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...(gzip && { 'content-encoding': 'gzip' }),
      ...(key !== undefined && { 'idempotency-key': key }),
      ...asking.headers,
    },
  });
}
