import { describe, expect, it } from 'vitest';
import { countingSource } from '../../support/countingSource.ts';
import { fakeToken } from '../../support/fakeTokens.ts';
import { gaps, simulate, upTo } from '../../support/simulate.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('the agent: tokens', () => {
  it('refreshes ahead of expiry in a long run, so that no push is refused', () => {
    const run = simulate({
      sources: [countingSource('cpu', { everyS: 30 })],
      backend: { lifetimeS: 1_800 },
      stopAtMs: 3 * HOUR,
    });
    expect(run.backend.count('push', 401)).toBe(0);
    expect(run.backend.count('refresh', 200)).toBeGreaterThanOrEqual(11);
    expect(run.backend.count('register')).toBe(1);
    expect(run.backend.count('push', 200)).toBeGreaterThanOrEqual(180);
    expect(run.troubles()).toEqual([]);
    expect(run.books.delivered).toBe(run.books.collected);
    expect(run.identity()?.tokenArrivedAt).toBeGreaterThan(2.5 * HOUR);
  });

  it('answers a 401 with one refresh, and sends the same payload under the same key', () => {
    const run = simulate({
      sources: [countingSource('cpu')],
      script: { 100_001: ({ backend }) => backend.revoke() },
      stopAtMs: 5 * MINUTE,
    });
    const names = run.backend.requests.map(({ name, status }) => `${name} ${status}`);
    const at = names.indexOf('push 401');
    expect(names.slice(at, at + 3)).toEqual(['push 401', 'refresh 200', 'push 200']);
    expect(run.backend.count('push', 401)).toBe(1);
    expect(run.backend.count('refresh')).toBe(1);
    expect(run.backend.mixedUp).toEqual([]);
    expect(run.numbers('cpu')).toEqual(upTo(run.books.collected));
    expect(run.troubles()).toEqual([]);
  });

  it('mismatch never registers, nor refreshes: the payload is wrapped for the id in force and sent again', () => {
    const run = simulate({
      sources: [countingSource('cpu')],
      script: {
        100_001: ({ backend }) => backend.faults.push('mismatch', 'mismatch', 'mismatch'),
      },
      stopAtMs: 10 * MINUTE,
    });
    expect(run.backend.count('push', 401)).toBe(3);
    expect(run.backend.count('register')).toBe(1);
    expect(run.backend.count('refresh')).toBe(0);
    expect(run.numbers('cpu')).toEqual(upTo(run.books.collected));
  });

  it('uses the identity that an earlier run stored, without registering', () => {
    const token = fakeToken({ collector_id: 'earlier', iat: 0, exp: 3_600 });
    const run = simulate({
      sources: [countingSource('cpu')],
      ports: {
        identity: {
          collectorId: 'earlier',
          token,
          tokenArrivedAt: 0,
          expiresAt: null,
          certificate: null,
          privateKey: null,
        },
      },
      stopAtMs: 2 * MINUTE,
    });
    expect(run.backend.count('register')).toBe(0);
    expect(run.books.delivered).toBe(run.books.collected);
  });
});

describe('the agent: outages', () => {
  it('loses nothing while the backend is down for an hour, and drains oldest first', () => {
    const run = simulate({
      sources: [countingSource('cpu'), countingSource('disk', { everyS: 15 })],
      script: {
        300_001: ({ backend }) => (backend.down = true),
        3_900_001: ({ backend }) => (backend.down = false),
      },
      stopAtMs: 90 * MINUTE,
    });
    expect(run.books).toMatchObject({ delivered: run.books.collected, dropped: {}, setAside: 0 });
    for (const type of ['cpu', 'disk']) {
      expect(run.numbers(type)).toEqual(upTo(run.backend.metrics(type).length));
    }
    const drained = run.backend.stored.filter(({ at }) => at > 3_900_000 && at < 4_200_000);
    expect(drained.length).toBeGreaterThan(55);
    expect(run.troubles()).toContain('sink ERR_DELIVERY');
    expect(run.of('settled').map(({ entry }) => entry.unit)).toContain('sink');
  });

  it('drops the oldest payloads where the spool is full, and counts them', () => {
    const run = simulate({
      sources: [countingSource('cpu', { everyS: 1 })],
      text: '[collector]\npush_interval = 1\n[spool]\nmax_bytes = 1048576\n',
      script: {
        30_001: ({ backend }) => (backend.down = true),
        1_830_001: ({ backend }) => (backend.down = false),
      },
      stopAtMs: 40 * MINUTE,
    });
    const { collected, delivered, dropped } = run.books;
    expect(dropped['spool_full']).toBeGreaterThan(500);
    expect(delivered + (dropped['spool_full'] ?? 0)).toBe(collected);
    const taken = run.numbers('cpu') as number[];
    expect(taken).toHaveLength(delivered);
    // In order; what is missing lies in one piece, but for the payload that was in flight when the spool filled.
    expect(gaps(taken).filter((gap) => gap !== 1).length).toBeLessThanOrEqual(2);
    expect(gaps(taken).every((gap) => gap > 0)).toBe(true);
  });

  it('waits for its identity and delivers what was read before there was one', () => {
    const run = simulate({
      sources: [countingSource('cpu')],
      script: {
        0: ({ backend }) => (backend.down = true),
        400_001: ({ backend }) => (backend.down = false),
      },
      stopAtMs: 15 * MINUTE,
    });
    expect(run.backend.count('register', 200)).toBe(1);
    expect(run.numbers('cpu')).toEqual(upTo(run.books.collected));
  });
});
