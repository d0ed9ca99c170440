import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BehaviorSubject, NEVER, Subject, firstValueFrom, merge, skip } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type BackendOptions,
  type MockBackend,
  startBackend,
} from '../../dev/backend/startBackend.ts';
import { type ClosableHttp, http } from '../../src/io/http.ts';
import { identityStore } from '../../src/io/identity.ts';
import { jwt } from '../../src/io/jwt.ts';
import { memorySpool } from '../../src/io/memorySpool.ts';
import { secretFile } from '../../src/io/secretFile.ts';
import type { Ports } from '../../src/ports.ts';
import type { Identity } from '../../src/ports/identity.ts';
import type { Spool } from '../../src/ports/spool.ts';
import type { Config } from '../../src/schema/config.ts';
import { writeEnvelope } from '../../src/schema/envelope.ts';
import type { Entry } from '../../src/schema/journal.ts';
import type { Payload } from '../../src/schema/payload.ts';
import { https } from '../../src/sinks/https.ts';
import { deliver } from '../../src/streams/deliver.ts';
import { heartbeat } from '../../src/streams/pipeline/heartbeat.ts';
import { tokens } from '../../src/streams/tokens.ts';
import { deliveryConfig } from '../support/deliveryConfig.ts';

let folder: string;
let backend: MockBackend;
let port: ClosableHttp;
const ends: (() => void)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pganalytics-delivery-'));
});
afterEach(async () => {
  for (const end of ends.splice(0)) end();
  port.close();
  await backend.stop();
  await rm(folder, { recursive: true });
});

function payload(id: string, collectorId = ''): Payload {
  const metrics = [`{"type":"sysstat","timestamp":"2026-01-01T00:00:00.000Z","id":"${id}"}`];
  const timestamp = '2026-01-01T00:00:00.000Z';
  const raw = writeEnvelope({ collector_id: collectorId, hostname: 'db1', timestamp, metrics });
  const body = gzipSync(raw);
  return {
    header: {
      id,
      collectorId,
      counts: { sysstat: 1 },
      seqs: [0, 0],
      rawBytes: raw.length,
      bytes: body.length,
      createdAt: timestamp,
      marks: {},
    },
    body,
  };
}

interface Options {
  readonly backend?: BackendOptions;
  readonly auth?: Partial<Config['auth']>;
  readonly settings?: Partial<Config['backend']>;
  /** What an earlier run left behind. */
  readonly stored?: Identity;
}

/** The whole path behind the spool, as the agent wires it, against a real backend. */
async function start(options: Options = {}) {
  backend = await startBackend(options.backend);
  const registration = join(folder, 'registration');
  const secret = join(folder, 'secret');
  await writeFile(registration, `${backend.registrationSecret}\n`, { mode: 0o600 });
  await writeFile(secret, `${backend.sharedSecret}\n`, { mode: 0o600 });
  if (options.stored) {
    await firstValueFrom(identityStore(join(folder, 'state')).save(options.stored));
  }
  const config = deliveryConfig({
    backend: {
      url: backend.url,
      timeout: 2,
      allow_plain_http: backend.url.startsWith('http:'),
      ...options.settings,
    },
    auth: { registration_secret_file: registration, secret_file: secret, ...options.auth },
    tls: backend.url.startsWith('https:') ? { ca_file: await backend.caFile() } : {},
  });
  const config$ = new BehaviorSubject(config);
  const entries: Entry[] = [];
  const warnings: string[] = [];
  port = http({ onWarning: (message) => warnings.push(message) });
  const ports: Pick<Ports, 'http' | 'identity' | 'jwt' | 'secret'> = {
    http: port.request,
    identity: identityStore(join(folder, 'state')),
    jwt,
    secret: secretFile,
  };
  let spool: Spool | undefined;
  const opened = memorySpool({ maxBytes: 10_000_000 }).subscribe((one) => (spool = one));
  const closed$ = new Subject<void>();
  const note = (entry: Entry) => entries.push(entry);
  const common = { hostname: 'db1.example.com', version: '1.2.3' };
  let ended = false;
  const running = tokens({ ...common, config$, ports, note }, (kept) =>
    deliver({
      spool: spool!,
      sink: https({ config$, http: ports.http, tokens: kept, version: common.version }),
      note,
      random: () => 0.05,
      heartbeat$: heartbeat({ ...common, newId: () => crypto.randomUUID() }),
      wake$: merge(config$.pipe(skip(1)), NEVER),
      closed$,
      stop$: NEVER,
    }),
  ).subscribe({ complete: () => (ended = true) });
  ends.push(
    () => running.unsubscribe(),
    () => opened.unsubscribe(),
  );
  const acked = () =>
    entries.flatMap((entry) => (entry.at === 'acked' ? [entry.receipt.header.id] : []));
  return {
    config$,
    entries,
    warnings,
    push: (id: string, collectorId?: string) => spool!.append(payload(id, collectorId)).subscribe(),
    acked,
    until: (id: string) => expect.poll(acked, { timeout: 60_000 }).toContain(id),
    finish: async () => {
      closed$.next();
      await expect.poll(() => ended, { timeout: 30_000 }).toBe(true);
    },
    identity: async () =>
      JSON.parse(await readFile(join(folder, 'state', 'identity.json'), 'utf8')) as Identity,
  };
}

const endpoints = () => backend.received.requests.map(({ endpoint }) => endpoint);
const count = (endpoint: string) => endpoints().filter((one) => one === endpoint).length;

describe('delivery to a documented backend over TLS 1.3', () => {
  it('registers, presents the issued certificate, pushes, and ends when all is delivered', async () => {
    const { push, until, finish, identity, acked } = await start();
    for (const id of ['a', 'b', 'c']) push(id);
    await until('c');
    await finish();
    expect(acked()).toEqual(['a', 'b', 'c']);
    expect(endpoints()).toEqual(['register', 'push', 'push', 'push']);
    const { collectorId, certificate } = await identity();
    expect(certificate).toContain('BEGIN CERTIFICATE');
    expect(backend.received.pushes.map((one) => one.collectorId)).toEqual([
      collectorId,
      collectorId,
      collectorId,
    ]);
  });

  it('refreshes an expired token in the middle of a run and sends the same payload again', async () => {
    const { push, until, identity } = await start();
    push('a');
    await until('a');
    const before = await identity();
    backend.faults.add('push', {
      kind: 'status',
      status: 401,
      body: { code: 401, message: 'Token has expired' },
    });
    push('b');
    await until('b');
    expect(count('refresh')).toBe(1);
    expect(count('register')).toBe(1);
    expect((await identity()).collectorId).toBe(before.collectorId);
  });

  it('refreshes ahead of a short life, so that no push is refused', async () => {
    const { push, until, entries } = await start({ backend: { tokenLifetimeS: 6 } });
    push('a');
    await until('a');
    await expect.poll(() => count('refresh'), { timeout: 60_000 }).toBeGreaterThanOrEqual(2);
    push('b');
    await until('b');
    expect(entries.filter(({ at }) => at === 'trouble')).toEqual([]);
  });

  it.each([-3_600_000, 3_600_000])(
    'is not disturbed by a backend whose clock is off by %i ms',
    async (offsetMs) => {
      const { push, until } = await start();
      backend.clockOffsetMs = offsetMs;
      push('a');
      await until('a');
      push('b');
      await until('b');
    },
  );

  it('delivers exactly once through lost, cut, dripping and reset answers, 503 and a redirect', async () => {
    const { push, until, finish } = await start({ settings: { timeout: 1 } });
    push('first');
    await until('first');
    backend.faults
      .add('push', { kind: 'lost' })
      .add('push', { kind: 'reset' })
      .add('push', { kind: 'status', status: 503 })
      .add('push', { kind: 'cut' })
      .add('push', { kind: 'html' })
      .add('push', { kind: 'redirect', location: 'https://127.0.0.1:1/' })
      .add('push', { kind: 'drip', everyMs: 200 });
    for (let n = 0; n < 6; n++) push(`p${n}`);
    await until('p5');
    await finish();
    expect(backend.faults.left).toBe(0);
    const stored = backend.received.metrics().map((metric) => metric['id']);
    expect(stored).toEqual(['first', 'p0', 'p1', 'p2', 'p3', 'p4', 'p5']);
  });

  it('re-registered: old spool delivered under the new id, one registration', async () => {
    const old = '6f0c0f3a-5d0b-4c43-9b6e-2d1c4c1b7e10';
    const claims = Buffer.from(`{"collector_id":"${old}","iat":1,"exp":3601}`);
    const { push, until, identity } = await start({
      backend: { clientCertificates: 'ignored' },
      stored: {
        collectorId: old,
        token: `eyJhbGciOiJIUzI1NiJ9.${claims.toString('base64url')}.c2lnbmF0dXJl`,
        tokenArrivedAt: Date.now(),
        expiresAt: null,
        certificate: null,
        privateKey: null,
      },
    });
    push('a', old);
    push('b', old);
    await until('b');
    const { collectorId } = await identity();
    expect(collectorId).not.toBe(old);
    expect(count('register')).toBe(1);
    expect(backend.received.pushes.map((one) => one.collectorId)).toEqual([
      collectorId,
      collectorId,
    ]);
  });

  it('waits for a backend that is down, and goes on when it is back', async () => {
    const { push, until, entries } = await start();
    push('a');
    await until('a');
    await backend.down();
    push('b');
    await expect
      .poll(() => entries.some(({ at }) => at === 'trouble'), { timeout: 30_000 })
      .toBe(true);
    await backend.up();
    await until('b');
    expect(entries.at(-1)).toMatchObject({ at: expect.stringMatching(/acked|settled/) as string });
  });

  it('keeps every secret out of the journal', async () => {
    const { push, until, entries, identity } = await start();
    backend.faults.add('register', { kind: 'status', status: 500 });
    push('a');
    await until('a');
    const { token, privateKey } = await identity();
    backend.faults.add('push', {
      kind: 'status',
      status: 503,
      body: { code: 503, message: `try later, ${token}` },
    });
    push('b');
    await until('b');
    const journal = JSON.stringify(entries);
    expect(journal).toContain('HTTP 503');
    for (const secret of [token, privateKey!.slice(40, 90), backend.registrationSecret]) {
      expect(journal).not.toContain(secret);
    }
  });
});

describe('delivery with a shared secret', () => {
  const auth = { mode: 'shared_secret' as const };

  it('signs tokens that the backend verifies', async () => {
    const { push, until } = await start({ auth, backend: { clientCertificates: 'ignored' } });
    push('a');
    await until('a');
    expect(endpoints()).toEqual(['push']);
  });

  it.each([-3_600_000, 3_600_000])(
    'sees through a clock that is off by %i ms at the first refusal',
    async (offsetMs) => {
      const { push, until } = await start({ auth, backend: { clientCertificates: 'ignored' } });
      backend.clockOffsetMs = offsetMs;
      push('a');
      await until('a');
    },
  );
});

describe('delivery to a deployed backend', () => {
  it('learns that gzip is not read, and loses nothing', async () => {
    const { push, until } = await start({ backend: { profile: 'deployed', tls: false } });
    push('a');
    await until('a');
    push('b');
    await until('b');
    expect(backend.received.metrics().map((metric) => metric['id'])).toEqual(['a', 'b']);
    expect(count('push')).toBe(3);
  });
});
