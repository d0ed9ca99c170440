import {
  BehaviorSubject,
  EMPTY,
  NEVER,
  type Observable,
  asyncScheduler,
  defer,
  map,
  merge,
  mergeMap,
  of,
  shareReplay,
  take,
  takeUntil,
  throwError,
  timer,
} from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { SecretError, TransportError } from '../../src/errors.ts';
import type { HttpReply, HttpRequest } from '../../src/ports/http.ts';
import type { Claims, Identity } from '../../src/ports/identity.ts';
import type { Config } from '../../src/schema/config.ts';
import type { Entry } from '../../src/schema/journal.ts';
import type { Credentials, Tokens } from '../../src/sinks/credentials.ts';
import { tokens } from '../../src/streams/tokens.ts';
import { deliveryConfig } from '../support/deliveryConfig.ts';
import { decodeFake, fakeToken } from '../support/fakeTokens.ts';

const ID = '6f0c0f3a-5d0b-4c43-9b6e-2d1c4c1b7e10';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

type Answer = (request: HttpRequest, n: number) => Observable<HttpReply>;

interface World {
  readonly reload$?: Observable<unknown>;
  readonly config?: Config;
  readonly config$?: Observable<Config>;
  readonly stored?: Identity | null;
  readonly register?: Answer;
  readonly refresh?: Answer;
  readonly save?: (identity: Identity, n: number) => Observable<void>;
  readonly sign?: (claims: Claims, n: number) => Observable<string>;
  /** What uses the tokens. */
  readonly use?: (tokens: Tokens) => Observable<unknown>;
  readonly forMs: number;
}

function json(status: number, body: unknown): Observable<HttpReply> {
  return timer(10).pipe(
    map(() => ({ status, headers: {}, body: JSON.stringify(body), complete: true })),
  );
}

/** A token with a life of `lifeS` by a backend whose clock differs by `skewS`. */
const issue = (lifeS: number, n = 0, skewS = 0): string => {
  const iat = Math.floor(asyncScheduler.now() / 1000) + skewS;
  return fakeToken({ collector_id: ID, iat, nbf: iat, exp: iat + lifeS, n });
};

const identity = (overrides: Partial<Identity> = {}): Identity => ({
  collectorId: ID,
  token: fakeToken({ collector_id: ID, iat: 0, nbf: 0, exp: 3_600, n: -1 }),
  tokenArrivedAt: 0,
  expiresAt: null,
  certificate: null,
  privateKey: null,
  ...overrides,
});

/** Runs a renewal and keeps what it gives. */
function keep(refresh$: Observable<Credentials>, kept: Credentials[] = []): Observable<unknown> {
  return refresh$.pipe(map((credentials) => kept.push(credentials)));
}

/** Runs the tokens in virtual time and tells what happened, in order, with the second at which it did. */
function run(world: World) {
  const events: string[] = [];
  const entries: Entry[] = [];
  const saved: Identity[] = [];
  const requests: HttpRequest[] = [];
  const held: Credentials[] = [];
  const counts = { register: 0, refresh: 0, save: 0, sign: 0 };
  const signed: Claims[] = [];
  const at = (text: string) => events.push(`${Math.round(asyncScheduler.now() / 1000)} ${text}`);
  new TestScheduler(() => undefined).run(({ flush, expectObservable }) => {
    const { config = deliveryConfig() } = world;
    const stream$ = tokens(
      {
        config$: world.config$ ?? merge(of(config), NEVER),
        hostname: 'db1.example.com',
        version: '1.2.3',
        random: () => 0.5,
        reload$: world.reload$ ?? NEVER,
        note: (entry) => {
          entries.push(entry);
          if (entry.at === 'trouble') at(`trouble ${entry.code}`);
          if (entry.at === 'settled') at('settled');
        },
        ports: {
          http: (request) =>
            defer(() => {
              const name = request.name as 'register' | 'refresh';
              requests.push(request);
              at(name);
              return world[name]?.(request, ++counts[name]) ?? json(500, {});
            }),
          identity: {
            load: () => of(world.stored ?? null),
            save: (value) =>
              defer(() => {
                saved.push(value);
                return (world.save ?? (() => of(undefined)))(value, ++counts.save);
              }),
          },
          jwt: {
            decode: decodeFake,
            sign: (claims) =>
              defer(() => {
                signed.push(claims);
                at('sign');
                return (world.sign ?? ((c, n) => of(fakeToken({ ...c, n }))))(
                  claims,
                  ++counts.sign,
                );
              }),
          },
          secret: (path) =>
            path === '/run/registration'
              ? of(Buffer.from('register-me'))
              : throwError(() => new SecretError(`cannot read ${path}`)),
        },
      },
      (given) =>
        merge(
          given.credentials$.pipe(
            map((credentials) => {
              held.push(credentials);
              at(`token ${decodeFake(credentials.token)?.collector_id ?? '?'}`.slice(0, 20));
            }),
          ),
          (world.use ?? (() => EMPTY))(given),
        ).pipe(takeUntil(timer(world.forMs))),
    );
    expectObservable(stream$);
    flush();
  });
  return { events, entries, saved, requests, held, counts, signed };
}

const registered =
  (lifeS: number): Answer =>
  (_, n) =>
    defer(() => json(200, { collector_id: ID, token: issue(lifeS, n) }));
/** A refresh that is refused for good. */
function expired(): Observable<HttpReply> {
  return json(401, { code: 401, message: 'token expired' });
}
const refreshed =
  (lifeS: number): Answer =>
  (_, n) =>
    defer(() => json(200, { token: issue(lifeS, n + 1000) }));

describe('tokens, issued', () => {
  it('registers once, stores the identity before it is used, and names the host', () => {
    const { requests, saved, held, counts } = run({
      register: registered(3_600),
      refresh: refreshed(3_600),
      forMs: 5 * MINUTE,
    });
    expect(counts.register).toBe(1);
    expect(saved[0]).toMatchObject({ collectorId: ID, tokenArrivedAt: 10 });
    expect(held[0]).toMatchObject({ collectorId: ID, token: saved[0]!.token, issued: null });
    expect(requests[0]).toMatchObject({
      url: 'https://backend.test/api/v1/collectors/register',
      headers: { 'X-Registration-Secret': 'register-me' },
    });
    expect(JSON.parse(Buffer.from(requests[0]!.body!).toString())).toEqual({
      name: 'db1',
      hostname: 'db1.example.com',
      version: '1.2.3',
    });
  });

  it('does not register where an identity is stored', () => {
    const { held, counts } = run({ stored: identity(), forMs: MINUTE });
    expect(counts.register).toBe(0);
    expect(held).toHaveLength(1);
  });

  it('refreshes at half the lifetime, again and again, and stores each token', () => {
    const { events, saved, counts } = run({
      register: registered(1_800),
      refresh: refreshed(1_800),
      forMs: HOUR,
    });
    expect(events.filter((event) => /refresh|register/.test(event))).toEqual([
      '0 register',
      '900 refresh',
      '1800 refresh',
      '2700 refresh',
    ]);
    expect(saved.map(({ token }) => decodeFake(token))).toHaveLength(counts.refresh + 1);
  });

  it.each([-3_600, 3_600])('refreshes in time with a clock that is off by %i s', (skewS) => {
    const { events } = run({
      register: (_, n) =>
        defer(() => json(200, { collector_id: ID, token: issue(1_800, n, skewS) })),
      refresh: (_, n) => defer(() => json(200, { token: issue(1_800, n + 1, skewS) })),
      forMs: 20 * MINUTE,
    });
    expect(events.filter((event) => /refresh/.test(event))).toEqual(['900 refresh']);
  });

  it('uses expires_at where the token does not tell its life', () => {
    const { events } = run({
      register: () =>
        json(200, {
          collector_id: ID,
          token: fakeToken({ collector_id: ID }),
          expires_at: '1970-01-01T00:30:00.123456789Z',
        }),
      refresh: refreshed(3_600),
      forMs: 20 * MINUTE,
    });
    expect(events).toContain('900 refresh');
  });

  it('keeps the old token and backs off where the refresh fails', () => {
    const { events, held } = run({
      stored: identity(),
      refresh: (request, n) =>
        n < 4
          ? throwError(() => new TransportError('ECONNREFUSED', 'refused'))
          : refreshed(3_600)(request, n),
      forMs: 31 * MINUTE,
    });
    const refreshes = events.filter((event) => /refresh/.test(event));
    expect(refreshes).toHaveLength(4);
    expect(events.filter((event) => /trouble/.test(event))).toHaveLength(3);
    expect(events).toContain(`${refreshes.at(-1)!.split(' ')[0]!} settled`);
    expect(held).toHaveLength(2);
  });

  it('refreshes once for all that wait for the same stale token', () => {
    const fresh: Credentials[] = [];
    const { counts, held } = run({
      stored: identity(),
      refresh: refreshed(3_600),
      use: ({ credentials$, refresh }) =>
        credentials$.pipe(
          take(1),
          mergeMap((stale) =>
            merge(...Array.from({ length: 10 }, () => keep(refresh(stale), fresh))),
          ),
        ),
      forMs: MINUTE,
    });
    expect(counts.refresh).toBe(1);
    expect(fresh).toHaveLength(10);
    expect(new Set(fresh).size).toBe(1);
    expect(fresh[0]).toBe(held[1]);
  });

  it('answers a late refusal of an old token with the newest one, without a request', () => {
    const fresh: Credentials[] = [];
    let old: Credentials | undefined;
    const { counts, held } = run({
      stored: identity(),
      refresh: refreshed(3_600),
      use: ({ credentials$, refresh }) =>
        merge(
          credentials$.pipe(
            take(1),
            map((credentials) => (old = credentials)),
          ),
          timer(31 * MINUTE).pipe(mergeMap(() => keep(refresh(old!), fresh))),
        ),
      forMs: 32 * MINUTE,
    });
    expect(counts.refresh).toBe(1);
    expect(fresh).toEqual([held[1]]);
  });

  it('registers anew where the refresh is refused, at most once an hour', () => {
    const { events } = run({
      stored: identity(),
      register: registered(60),
      refresh: expired,
      forMs: 2.5 * HOUR,
    });
    const registrations = events
      .filter((event) => event.endsWith(' register'))
      .map((event) => Number(event.split(' ')[0]));
    expect(registrations[0]).toBe(1_800);
    expect(registrations.length).toBeGreaterThan(1);
    registrations.slice(1).forEach((second, n) => {
      expect(second - registrations[n]!).toBeGreaterThanOrEqual(3_600);
    });
  });

  it('re-registration limits hold over restarts: counted before it is asked for, three a day', () => {
    const stored = identity({ registeredAt: -HOUR, renewedAt: [-9 * HOUR, -6 * HOUR] });
    const third = run({ stored, refresh: expired, register: registered(60), forMs: 3 * HOUR });
    expect(third.counts.register).toBe(1);
    // Whatever ends the process while it waits for the answer: that it asked is on the disk.
    expect(third.saved[0]).toMatchObject({
      token: stored.token,
      renewedAt: [-9 * HOUR, -6 * HOUR, 30 * MINUTE + 10],
    });
    expect(third.saved[1]).toMatchObject({ formerIds: [ID], registeredAt: 30 * MINUTE + 20 });
    const again = run({ stored: third.saved[1]!, refresh: expired, forMs: 3 * HOUR });
    expect(again.counts.register).toBe(0);
    expect(JSON.stringify(again.entries)).toContain('3 times in a day');
  });

  it('orphan registrations are counted: those that may have made a collector, by a code of their own', () => {
    const orphans = (error: Error): number =>
      run({
        register: (request, n) => (n < 3 ? throwError(() => error) : registered(3_600)(request, n)),
        forMs: 10 * MINUTE,
      }).events.filter((event) => event.endsWith('trouble ERR_ORPHAN')).length;
    expect(orphans(new TransportError('ECONNRESET', 'lost'))).toBe(2);
    expect(orphans(new TransportError('ETIMEDOUT', 'late'))).toBe(2);
    expect(orphans(new TransportError('ECONNREFUSED', 'refused'))).toBe(0);
    expect(orphans(new TransportError('ERR_PROXY_CLOSED', 'no tunnel'))).toBe(0);
    const unusable = run({ register: () => json(200, { collector_id: 'x' }), forMs: MINUTE });
    expect(unusable.events.filter((event) => event.endsWith('ERR_ORPHAN'))).toHaveLength(1);
  });

  it('does not count a registration of which nothing can have come', () => {
    const { counts, saved } = run({
      stored: identity(),
      refresh: expired,
      register: (request, n) =>
        n < 4
          ? throwError(() => new TransportError('ECONNREFUSED', 'refused'))
          : registered(3_600)(request, n),
      forMs: 40 * MINUTE,
    });
    expect(counts.register).toBe(4);
    expect(saved.at(-1)?.renewedAt).toHaveLength(1);
  });

  it('cloned state directory: registers as a collector of its own, and says so', () => {
    const other = '0d6e9a52-0d1b-4c0a-9f0a-3a7c8a1b2c3d';
    const { counts, saved, entries, held } = run({
      stored: identity({ collectorId: other, foreign: true, registeredAt: -MINUTE }),
      register: registered(3_600),
      forMs: MINUTE,
    });
    expect(counts).toMatchObject({ register: 1, refresh: 0 });
    expect(held.map(({ collectorId }) => collectorId)).toEqual([ID]);
    expect(saved.at(-1)).toMatchObject({ collectorId: ID, formerIds: [other] });
    expect(saved.at(-1)).not.toHaveProperty('foreign');
    expect(entries).toContainEqual(
      expect.objectContaining({
        at: 'notice',
        message: expect.stringContaining('another machine') as string,
      }),
    );
  });

  it.each([
    ['reregister = "never"', { reregister: 'never' as const }],
    ['no registration secret', { registration_secret_file: undefined }],
  ])('never registers anew with %s', (_, auth) => {
    const { counts, entries } = run({
      config: deliveryConfig({ auth: auth as Partial<Config['auth']> }),
      stored: identity(),
      register: registered(60),
      refresh: expired,
      forMs: 2 * HOUR,
    });
    expect(counts.register).toBe(0);
    expect(
      entries.some((entry) => entry.at === 'trouble' && /reregister/.test(entry.message)),
    ).toBe(true);
  });

  it('pauses where the collector was deleted at the backend, and says so', () => {
    const { counts, entries } = run({
      stored: identity(),
      register: registered(3_600),
      refresh: () => json(404, { code: 404, message: 'Collector not found' }),
      forMs: 30 * MINUTE + HOUR,
    });
    expect(counts.register).toBe(0);
    expect(counts.refresh).toBe(4);
    expect(entries).toContainEqual(
      expect.objectContaining({
        at: 'trouble',
        code: 'ERR_REFUSED',
        message: expect.stringContaining('no longer knows collector') as string,
      }),
    );
  });

  it('repeats the storing, not the registration, where the identity cannot be written', () => {
    const { counts, held, events } = run({
      register: registered(3_600),
      save: (_, n) => (n < 3 ? throwError(() => new Error('disk full')) : of(undefined)),
      forMs: MINUTE,
    });
    expect(counts).toMatchObject({ register: 1, save: 3 });
    expect(held).toHaveLength(1);
    expect(events.filter((event) => /trouble/.test(event))).toHaveLength(2);
  });

  it('uses a refreshed token even where it cannot be stored', () => {
    const { held, entries } = run({
      stored: identity(),
      refresh: refreshed(3_600),
      save: () => throwError(() => new Error('disk full')),
      forMs: 31 * MINUTE,
    });
    expect(held).toHaveLength(2);
    expect(entries).toContainEqual(expect.objectContaining({ at: 'trouble', unit: 'tokens' }));
  });

  it('retries a registration that gets no answer, and none that was answered wrongly within the hour', () => {
    const silent = run({
      register: (request, n) =>
        n < 3
          ? throwError(() => new TransportError('ETIMEDOUT', 'no answer'))
          : registered(3_600)(request, n),
      forMs: MINUTE,
    });
    expect(silent.counts.register).toBe(3);
    const wrong = run({
      register: () => json(200, { collector_id: 'not-a-uuid', token: fakeToken({}) }),
      forMs: 59 * MINUTE,
    });
    expect(wrong.counts.register).toBe(1);
    expect(wrong.saved).toEqual([]);
  });

  it.each([
    ['an id that is no UUID', { collector_id: 'x', token: fakeToken({}) }],
    ['a token that is no JWT', { collector_id: ID, token: 'opaque' }],
    ['no token', { collector_id: ID }],
    ['a certificate without a key', { collector_id: ID, token: fakeToken({}), certificate: 'x' }],
    [
      'a key that does not fit',
      { collector_id: ID, token: fakeToken({}), certificate: 'x', private_key: 'SECRET-KEY' },
    ],
  ])('stores nothing of an answer with %s', (_, answer) => {
    const { saved, held, entries } = run({ register: () => json(200, answer), forMs: MINUTE });
    expect(saved).toEqual([]);
    expect(held).toEqual([]);
    expect(entries).toContainEqual(expect.objectContaining({ at: 'trouble', code: 'ERR_REFUSED' }));
    expect(JSON.stringify(entries)).not.toMatch(/SECRET-KEY|eyJ|opaque/);
  });

  it("takes a portal's page for no registration", () => {
    const { held, entries } = run({
      register: () => of({ status: 200, headers: {}, body: '<html>Log in</html>', complete: true }),
      forMs: MINUTE,
    });
    expect(held).toEqual([]);
    expect(entries).toContainEqual(
      expect.objectContaining({ at: 'trouble', code: 'ERR_TRANSPORT' }),
    );
  });

  it('waits with a young token until it is valid by the clock of the backend', () => {
    const fresh: string[] = [];
    const nbf = 20;
    const { counts } = run({
      stored: identity({ token: fakeToken({ collector_id: ID, iat: nbf, nbf, exp: 3_620 }) }),
      refresh: refreshed(3_600),
      use: ({ credentials$, refresh }) =>
        credentials$.pipe(
          take(1),
          mergeMap((stale) =>
            keep(refresh(stale, 1_000)).pipe(map(() => fresh.push(String(asyncScheduler.now())))),
          ),
        ),
      forMs: MINUTE,
    });
    expect(counts.refresh).toBe(0);
    expect(fresh).toEqual(['19000']);
  });

  it('registers over plain HTTP with this host only', () => {
    const plain = (url: string) =>
      run({
        config: deliveryConfig({ backend: { url, allow_plain_http: true } }),
        register: registered(3_600),
        forMs: 1_000,
      }).counts.register;
    expect(plain('http://backend.test')).toBe(0);
    expect(plain('http://127.0.0.1:8080')).toBe(1);
    expect(plain('http://localhost')).toBe(1);
    expect(plain('http://127.0.0.1.evil.test')).toBe(0);
  });

  it('puts no token and no secret into the journal', () => {
    const { entries, held } = run({
      register: (request, n) =>
        n === 1 ? json(500, { message: 'no' }) : registered(100)(request, n),
      refresh: ({ headers }) =>
        json(401, { code: 401, message: `bad token ${headers['Authorization'] ?? ''}` }),
      forMs: HOUR,
    });
    const journal = JSON.stringify(entries);
    expect(held.length).toBeGreaterThan(0);
    expect(journal).not.toContain('register-me');
    for (const { token } of held) expect(journal).not.toContain(token.split('.')[1]);
  });
});

describe('tokens, shared secret', () => {
  const config = deliveryConfig({ auth: { mode: 'shared_secret', secret_file: '/run/secret' } });

  it('signs claims for this collector, backdated by 30 s and valid for an hour', () => {
    const { signed, held } = run({ config, forMs: MINUTE });
    expect(signed).toEqual([
      {
        collector_id: 'db1',
        hostname: 'db1.example.com',
        type: 'access',
        sub: 'collector:db1',
        iat: -30,
        nbf: -30,
        exp: 3_600,
      },
    ]);
    expect(held[0]).toMatchObject({ collectorId: 'db1', issued: null });
  });

  it('signs anew at minute 59', () => {
    const { events } = run({ config, forMs: 2 * HOUR });
    expect(events.filter((event) => event.endsWith('sign'))).toEqual([
      '0 sign',
      '3540 sign',
      '7080 sign',
    ]);
  });

  it('signs anew on a refusal', () => {
    const fresh: Credentials[] = [];
    const { counts, held } = run({
      config,
      use: ({ credentials$, refresh }) =>
        credentials$.pipe(
          take(1),
          mergeMap((stale) => keep(refresh(stale), fresh)),
        ),
      forMs: MINUTE,
    });
    expect(counts.sign).toBe(2);
    expect(fresh).toEqual([held[1]]);
  });

  it.each([-3_600, 3_600])('dates tokens by a backend whose clock is off by %i s', (skewS) => {
    const { signed } = run({
      config,
      use: ({ credentials$, refresh }) =>
        credentials$.pipe(
          take(1),
          mergeMap((stale) => keep(refresh(stale, skewS * 1000))),
        ),
      forMs: 2 * HOUR,
    });
    expect(signed[1]!.exp).toBe(skewS + 3_600);
    expect(signed[2]!.exp).toBe(3_540 + skewS + 3_600);
  });

  it('waits for a secret that cannot be read, and reports it', () => {
    const { held, events } = run({
      config,
      sign: (claims, n) =>
        n < 3 ? throwError(() => new SecretError('too short')) : of(fakeToken(claims)),
      forMs: MINUTE,
    });
    expect(held).toHaveLength(1);
    expect(events.filter((event) => event.endsWith('trouble ERR_SECRET'))).toHaveLength(2);
    expect(events.some((event) => event.endsWith('settled'))).toBe(true);
  });
});

describe('tokens', () => {
  it('changes the mode while it runs', () => {
    const shared = deliveryConfig({ auth: { mode: 'shared_secret', secret_file: '/run/secret' } });
    const { events } = run({
      config$: merge(of(deliveryConfig()), timer(10_000).pipe(map(() => shared)), NEVER).pipe(
        shareReplay({ bufferSize: 1, refCount: true }),
      ),
      register: registered(60),
      refresh: refreshed(60),
      forMs: 2 * MINUTE,
    });
    expect(events).toEqual(['0 register', `0 token ${ID.slice(0, 14)}`, '10 sign', '10 token db1']);
  });

  it('wakes a waiting registration when the configuration changes', () => {
    const config$ = new BehaviorSubject(deliveryConfig());
    const { events } = run({
      config$,
      register: (request, n) =>
        n === 1 ? json(401, { code: 401, message: 'no' }) : registered(3_600)(request, n),
      use: () => timer(20_000).pipe(map(() => config$.next(deliveryConfig()))),
      forMs: MINUTE,
    });
    expect(events.filter((event) => event.endsWith('register'))).toEqual([
      '0 register',
      '20 register',
    ]);
  });

  it('wakes a waiting registration at SIGHUP: a secret may have been replaced', () => {
    const { events } = run({
      reload$: timer(20_000),
      register: (request, n) =>
        n === 1 ? json(401, { code: 401, message: 'no' }) : registered(3_600)(request, n),
      forMs: MINUTE,
    });
    expect(events.filter((event) => event.endsWith('register'))).toEqual([
      '0 register',
      '20 register',
    ]);
  });

  it('ends with its user, and cancels what it does', () => {
    const { events } = run({ stored: identity(), refresh: refreshed(60), forMs: 1_000 });
    expect(events).toHaveLength(1);
  });

  it('passes the errors of its user on', () => {
    const seen: unknown[] = [];
    new TestScheduler(() => undefined).run(({ flush, expectObservable }) => {
      const failing$ = tokens(
        {
          config$: of(deliveryConfig()),
          hostname: 'h',
          version: '1',
          note: () => undefined,
          ports: {
            http: () => NEVER,
            identity: { load: () => NEVER, save: () => NEVER },
            jwt: { decode: decodeFake, sign: () => NEVER },
            secret: () => NEVER,
          },
        },
        () => throwError(() => new Error('mine')),
      );
      expectObservable(failing$).toBe('#', {}, new Error('mine'));
      seen.push(failing$);
      flush();
    });
    expect(seen).toHaveLength(1);
  });
});
