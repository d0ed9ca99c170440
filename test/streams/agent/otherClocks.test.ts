import { EMPTY, lastValueFrom, of, throwError } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RefusedError, TransportError, messageOf } from '../../../src/errors.ts';
import type { Ports } from '../../../src/ports.ts';
import type { HttpRequest } from '../../../src/ports/http.ts';
import type { Config } from '../../../src/schema/config.ts';
import type { Entry } from '../../../src/schema/journal.ts';
import { judgedDates } from '../../../src/streams/agent/judgedDates.ts';
import { OtherClocks } from '../../../src/streams/agent/otherClocks.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const now = Date.parse('2026-05-01T12:00:00Z');

const health = (server: string, clock_difference_ms?: number): Entry => ({
  at: 'source',
  unit: `${server}/pg_health`,
  metric: {
    ...{ type: 'pg_health', timestamp: '2026-05-01T12:00:00Z', server, up: 1 },
    ...(clock_difference_ms !== undefined && { clock_difference_ms }),
  },
});
const found = (ms: number): Entry => ({
  at: 'recovered',
  counts: {},
  newestAt: new Date(now + ms).toISOString(),
});
const elsewhere = ['a', 'b'].map((name) => ({ name, host: `${name}.example.com` }));
const here = [{ name: 'a', host: '127.0.0.1' }];

beforeEach(() => {
  vi.useFakeTimers({ now });
});
afterEach(() => {
  vi.useRealTimers();
});

function clocks(...entries: readonly Entry[]): OtherClocks {
  const known = new OtherClocks();
  for (const entry of entries) known.note(entry);
  return known;
}

describe('a certificate that is refused for its dates', () => {
  it.each<[string, 'expired' | 'early', readonly Entry[], RegExp]>([
    [
      'a server is behind',
      'expired',
      [health('a', -3 * DAY)],
      /server a is 3 days behind this host's, which is wrong: set it/,
    ],
    [
      'a server is ahead',
      'early',
      [health('a', 2 * 3_600_000)],
      /server a is 2 h ahead of this host's, which is wrong: set it/,
    ],
    [
      'a server agrees',
      'expired',
      [health('a', 20)],
      /by the clock of server a it has expired either way: the certificate is at fault/,
    ],
    [
      'a server agrees',
      'early',
      [health('a', -20)],
      /by the clock of server a it is not valid yet either way: the certificate is at fault/,
    ],
    ['a server is ahead', 'expired', [health('a', DAY)], /the certificate is at fault/],
    ['a server is behind', 'early', [health('a', -DAY)], /the certificate is at fault/],
    [
      'servers contradict',
      'early',
      [health('a', DAY), health('b', 0)],
      /server a is 24 h ahead of this host's, but that of server b is not: one of them is wrong/,
    ],
    [
      'the last run was later',
      'early',
      [found(DAY)],
      /already worked at 2026-05-02T12:00Z, which is later: this host's clock is wrong/,
    ],
    [
      'the last run was later',
      'expired',
      [found(DAY)],
      /the certificate is at fault, and this clock wrong too/,
    ],
    [
      'the last run was long ago',
      'expired',
      [found(-300 * DAY)],
      /no server elsewhere .* last worked at 2025-07-05T12:00Z/,
    ],
    [
      'nothing is known',
      'expired',
      [health('a'), health('c', DAY)],
      /no other clock is known here/,
    ],
    [
      'a server counts more than the last run',
      'early',
      [found(DAY), health('a', 0)],
      /the certificate is at fault/,
    ],
  ])('where %s (%s): says which clock speaks for or against it', (_, kind, entries, verdict) => {
    expect(clocks(...entries).judge(kind === 'expired', elsewhere)).toMatch(verdict);
  });

  it('hears nothing from the clock of a server of this host, but from one behind a tunnel', () => {
    expect(clocks(health('a', 3)).judge(true, here)).toBe('no other clock is known here');
    expect(clocks(health('a', -2 * MINUTE)).judge(true, here)).toMatch(/2 min behind this host's/);
  });

  it('keeps to the minute: below it clocks agree', () => {
    expect(clocks(health('a', MINUTE - 1)).judge(false, elsewhere)).toMatch(/certificate is at/);
    expect(clocks(health('a', MINUTE)).judge(false, elsewhere)).toMatch(/which is wrong/);
  });

  it('counts what a server said last', () => {
    expect(clocks(health('a', DAY), health('a', 0)).judge(false, elsewhere)).toMatch(/at fault/);
  });
});

describe('judgedDates', () => {
  const config = { postgres: elsewhere } as unknown as Config;
  const asked = (error: Error): Promise<unknown> => {
    const port: Pick<Ports, 'http'> = { http: () => throwError(() => error) };
    const judged = judgedDates(port, clocks(health('a', -DAY)), of(config));
    return lastValueFrom(judged.http({} as HttpRequest)).catch((failure: unknown) => failure);
  };

  it('adds the verdict, and keeps class and reason', async () => {
    const failure = await asked(new TransportError('CERT_HAS_EXPIRED', 'push: expired'));
    expect(failure).toBeInstanceOf(TransportError);
    expect(failure).toMatchObject({ reason: 'CERT_HAS_EXPIRED' });
    expect(messageOf(failure)).toMatch(/^push: expired; the clock of server a is 24 h behind/);
  });

  it('leaves all else alone', async () => {
    for (const error of [
      new TransportError('ECONNREFUSED', 'refused'),
      new RefusedError(403, 'no'),
      new Error('CERT_HAS_EXPIRED'),
    ]) {
      expect(await asked(error)).toBe(error);
    }
    const silent: Pick<Ports, 'http'> = { http: () => EMPTY };
    const asking$ = judgedDates(silent, clocks(), of(config)).http({} as HttpRequest);
    expect(await lastValueFrom(asking$, { defaultValue: 'empty' })).toBe('empty');
  });
});
