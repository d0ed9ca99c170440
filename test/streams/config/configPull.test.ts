import {
  NEVER,
  type Observable,
  concat,
  map,
  merge,
  of,
  shareReplay,
  take,
  throwError,
  timer,
} from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { TransportError } from '../../../src/errors.ts';
import type { PulledText } from '../../../src/ports/configFile.ts';
import type { HttpReply, HttpRequest } from '../../../src/ports/http.ts';
import type { Config } from '../../../src/schema/config.ts';
import type { Entry } from '../../../src/schema/journal.ts';
import { type ConfigPullOptions, configPull } from '../../../src/streams/config/configPull.ts';
import { localOf } from '../../support/configuration.ts';

const { config: base } = await localOf('[backend]\nurl = "https://b/"');

const withInterval = (seconds: number): Config => ({
  ...base,
  collector: { ...base.collector, config_pull_interval: seconds },
});
const reply = (set: Partial<HttpReply> = {}): HttpReply => ({
  status: 200,
  headers: { 'x-config-version': '1' },
  body: '[sysstat]',
  complete: true,
  ...set,
});
const served = (version: number): HttpReply =>
  reply({ headers: { 'x-config-version': String(version) }, body: `# ${version}` });

/** Pulls in virtual time for so many seconds; each question is answered 1 s later by the next reply, then by the last. */
function pullFor(
  seconds: number,
  replies: readonly (HttpReply | Error)[],
  set: Partial<ConfigPullOptions> = {},
) {
  const requests: HttpRequest[] = [];
  const askedAt: number[] = [];
  const notes: Entry[] = [];
  const pulled: (readonly [second: number, pulled: PulledText | null])[] = [];
  let canceled = 0;
  const scheduler = new TestScheduler((a, b) => expect(a).toStrictEqual(b));
  scheduler.run(({ flush }) => {
    const second = (): number => Math.round(scheduler.now() / 1000);
    function http(request: HttpRequest): Observable<HttpReply> {
      requests.push(request);
      askedAt.push(second());
      const answer = replies[Math.min(requests.length, replies.length) - 1] ?? reply();
      return timer(1000).pipe(
        map(() => {
          if (answer instanceof Error) throw answer;
          return answer;
        }),
      );
    }
    const { config$ = concat(of(base), NEVER), ...others } = set;
    const running = configPull({
      config$: config$.pipe(shareReplay({ bufferSize: 1, refCount: true })),
      credentials$: concat(of({ collectorId: 'c 1', token: 't', issued: null }), NEVER),
      http,
      versions$: NEVER,
      retry$: NEVER,
      stop$: timer(seconds * 1000),
      version: '0.1.0',
      note: (entry) => notes.push(entry),
      random: () => 0.5,
      ...others,
    }).subscribe({
      next: (each) => pulled.push([second(), each]),
      complete: () => (canceled = scheduler.now()),
    });
    flush();
    running.unsubscribe();
  });
  expect(canceled).toBe(seconds * 1000);
  return { requests, askedAt, notes, pulled };
}

describe('configPull', () => {
  it('asks at once and then every config_pull_interval, as this collector', () => {
    const { askedAt, requests } = pullFor(700, [served(1)]);
    expect(askedAt).toEqual([0, 301, 602]);
    expect(requests[0]).toMatchObject({
      name: 'config',
      method: 'GET',
      url: 'https://b/api/v1/config/c%201',
      headers: { Authorization: 'Bearer t' },
    });
  });

  it('emits each text once, and null where there is none any more', () => {
    const none = reply({ status: 404, headers: {} });
    const { pulled } = pullFor(1900, [served(1), served(1), served(2), none, none, served(2)]);
    expect(pulled).toEqual([
      [1, { text: '# 1', version: 1 }],
      [603, { text: '# 2', version: 2 }],
      [904, null],
      [1506, { text: '# 2', version: 2 }],
    ]);
  });

  it('takes a text without a version', () => {
    const { pulled } = pullFor(10, [reply({ headers: {}, body: '{}' })]);
    expect(pulled).toEqual([[1, { text: '{}', version: null }]]);
  });

  it('asks again when a receipt names another version, once per version', () => {
    const versions$ = concat(
      timer(10_000).pipe(map(() => 1)),
      timer(10_000).pipe(map(() => 2)),
      timer(10_000).pipe(map(() => 2)),
    );
    expect(pullFor(200, [served(1), served(2)], { versions$ }).askedAt).toEqual([0, 20]);
  });

  it('does not miss a version that is named while it asks', () => {
    const versions$ = timer(500).pipe(map(() => 2));
    expect(pullFor(200, [served(1), served(2)], { versions$ }).askedAt).toEqual([0, 1]);
  });

  it('asks with the next token where the backend refuses one although it has served before', () => {
    const credentials$ = merge(
      of({ collectorId: 'c 1', token: 'expired', issued: null }),
      timer(400_000).pipe(map(() => ({ collectorId: 'c 2', token: 'fresh', issued: null }))),
    ).pipe(shareReplay({ bufferSize: 1, refCount: false }));
    const refused = reply({ status: 401 });
    const { askedAt, requests, notes, pulled } = pullFor(500, [served(1), refused, served(2)], {
      credentials$,
    });
    expect(askedAt).toEqual([0, 301, 400]);
    expect(requests.at(-1)?.url).toContain('c%202');
    expect(pulled.at(-1)?.[1]?.version).toBe(2);
    expect(notes).toEqual([
      expect.objectContaining({
        at: 'notice',
        message: expect.stringContaining('next token') as string,
      }),
    ]);
  });

  it('does not ask with every new token where the backend never served', () => {
    const credentials$ = timer(0, 60_000).pipe(
      take(60),
      map((n) => ({ collectorId: 'c 1', token: `t${n}`, issued: null })),
      shareReplay({ bufferSize: 1, refCount: false }),
    );
    const { askedAt } = pullFor(3_000, [reply({ status: 401 })], { credentials$ });
    expect(askedAt).toEqual([0]);
  });

  it.each([401, 403])('stays off for an hour after %i, says so once, and asks then', (status) => {
    const { askedAt, notes, pulled } = pullFor(9000, [reply({ status })], {
      versions$: timer(10_000).pipe(map(() => 5)),
    });
    expect(askedAt).toEqual([0, 3601, 7202]);
    expect(notes).toMatchObject([{ at: 'notice', unit: 'config' }]);
    expect(pulled).toEqual([]);
  });

  it('asks again on SIGHUP, also where it is off', () => {
    const { askedAt, pulled } = pullFor(100, [reply({ status: 401 }), served(1)], {
      // Counted from the first answer on.
      retry$: timer(49_000),
    });
    expect(askedAt).toEqual([0, 50]);
    expect(pulled).toHaveLength(1);
  });

  it.each([
    ['503', reply({ status: 503 })],
    ['a network error', new TransportError('ECONNREFUSED', 'refused')],
    ['a cut body', reply({ complete: false })],
    ["a portal's page", reply({ body: '<!doctype html>' })],
    ['a redirect', reply({ status: 302 })],
  ])('tries again quietly, later each time, after %s', (_, answer) => {
    const { askedAt, notes, pulled } = pullFor(100, [answer]);
    // Half of 30, 60, 120 s, and 1 s for each answer.
    expect(askedAt).toEqual([0, 16, 47]);
    expect([notes, pulled]).toEqual([[], []]);
  });

  it('waits as long as Retry-After asks for', () => {
    const busy = reply({ status: 429, headers: { 'retry-after': '100' } });
    // And a part of a quarter of it, since others were told the same.
    expect(pullFor(150, [busy, served(1)]).askedAt).toEqual([0, 114]);
  });

  it('counts a changed interval from the last answer on', () => {
    const config$ = concat(of(base), timer(100_000).pipe(map(() => withInterval(120))), NEVER);
    expect(pullFor(260, [served(1)], { config$ }).askedAt).toEqual([0, 121, 242]);
  });

  it('asks nothing with config_pull = false, and cancels what it asks when it is turned off', () => {
    const off = { ...base, backend: { ...base.backend, config_pull: false } };
    expect(pullFor(100, [served(1)], { config$: concat(of(off), NEVER) }).askedAt).toEqual([]);
    const config$ = concat(of(base), timer(500).pipe(map(() => off)), NEVER);
    expect(pullFor(100, [served(1)], { config$ }).pulled).toEqual([]);
  });

  it('asks another backend at once', () => {
    const other = { ...base, backend: { ...base.backend, url: 'https://other' } };
    const config$ = concat(of(base), timer(10_000).pipe(map(() => other)), NEVER);
    const { requests, askedAt } = pullFor(100, [served(1)], { config$ });
    expect(askedAt).toEqual([0, 10]);
    expect(requests[1]?.url).toMatch(/^https:\/\/other\//);
  });

  it('waits for the first credentials', () => {
    const credentials$ = timer(40_000).pipe(
      map(() => ({ collectorId: 'c', token: 't', issued: null })),
    );
    expect(pullFor(100, [served(1)], { credentials$ }).askedAt).toEqual([40]);
  });

  it('outlives an address that cannot be used', () => {
    function http(): Observable<never> {
      return throwError(() => new Error('never asked'));
    }
    const config$ = concat(of({ ...base, backend: { ...base.backend, url: 'http://b' } }), NEVER);
    expect(pullFor(100, [], { config$, http }).pulled).toEqual([]);
  });
});
