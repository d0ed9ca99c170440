import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpReply } from '../../src/ports/http.ts';
import { retryAfter } from '../../src/sinks/retryAfter.ts';
import { verdict } from '../../src/sinks/verdict.ts';

const ID = '6f0c0f3a-5d0b-4c43-9b6e-2d1c4c1b7e10';
const NOW = Date.parse('2026-01-01T00:00:00Z');

const reply = (status: number, body: unknown = '', overrides: Partial<HttpReply> = {}) => ({
  status,
  headers: {},
  body: typeof body === 'string' ? body : JSON.stringify(body),
  complete: true,
  ...overrides,
});
const judge = (given: HttpReply) => verdict(given, ID, NOW);
const error = (code: number, message: string, details?: string) => ({ code, message, details });

describe('verdict', () => {
  it.each([
    ['200 that names us', reply(200, { collector_id: ID, status: 'ok' })],
    ['201', reply(201, { collector_id: ID })],
    ['204 without a body', reply(204)],
    ['200 without a body', reply(200)],
    ['200 with JSON that was cut', reply(200, '{"status":"ok","coll', { complete: false })],
    ['200 with JSON that was cut before its end was sent', reply(200, '{"status":"ok","coll')],
    [
      '200 with a JSON body of which nothing came',
      reply(200, '', { complete: false, headers: { 'content-type': 'application/json' } }),
    ],
  ])('delivered: %s', (_, given) => {
    expect(judge(given).is).toBe('delivered');
  });

  it('delivered: tells the version of the next configuration', () => {
    expect(judge(reply(200, { collector_id: ID, next_config_version: 7 }))).toEqual({
      is: 'delivered',
      configVersion: 7,
    });
    expect(judge(reply(200, { collector_id: ID, next_config_version: '7' }))).toEqual({
      is: 'delivered',
    });
  });

  it.each([
    ['200 text/html keeps: the page of a captive portal', reply(200, '<html>Log in</html>')],
    ['a page that was cut', reply(200, '<htm', { complete: false })],
    ['another collector', reply(200, { collector_id: 'x' })],
    ['no collector', reply(200, { status: 'ok' })],
    ['a JSON list', reply(200, [ID])],
    ['a JSON text', reply(200, JSON.stringify(ID))],
    [
      'a page of which nothing came',
      reply(200, '', { complete: false, headers: { 'content-type': 'text/html' } }),
    ],
  ])('kept as unrecognised: 200 with %s', (_, given) => {
    expect(judge(given)).toEqual({ is: 'retry', cause: 'unrecognised_ack' });
  });

  it.each([400, 422])('rejected: %i, with what the backend says', (status) => {
    expect(judge(reply(status, error(status, 'Invalid request', 'timestamp: bad')))).toEqual({
      is: 'rejected',
      reason: `HTTP ${status}: Invalid request: timestamp: bad`,
    });
  });

  it('unauthorized: 401 of the backend', () => {
    expect(judge(reply(401, error(401, 'Invalid token')))).toEqual({
      is: 'unauthorized',
      cause: 'HTTP 401: Invalid token',
    });
  });

  it('kept for another wrapping: 401 Collector ID mismatch, in message or details', () => {
    for (const body of [
      error(401, 'Collector ID mismatch'),
      error(401, 'Unauthorized', 'collector ID mismatch'),
    ]) {
      expect(judge(reply(401, body))).toEqual({ is: 'retry', cause: 'Collector ID mismatch' });
    }
  });

  it.each([
    ['401 of a proxy', reply(401, '<h1>401 Authorization Required</h1>')],
    ['401 without a body', reply(401)],
    ['403', reply(403, error(403, 'no'))],
    ['403 of a proxy', reply(403, 'denied')],
  ])('forbidden: %s', (_, given) => {
    expect(judge(given).is).toBe('forbidden');
  });

  it('too large: 413', () => {
    expect(judge(reply(413, 'nginx'))).toEqual({ is: 'too_large' });
  });

  it.each([100, 301, 302, 307, 308, 404, 405, 408, 409, 415, 418, 429, 500, 502, 503, 504, 599])(
    'retried: %i',
    (status) => {
      expect(judge(reply(status)).is).toBe('retry');
    },
  );

  it('retried after the time that the backend asks for', () => {
    const headers = { 'retry-after': '7' };
    for (const status of [409, 429, 503]) {
      expect(judge(reply(status, '', { headers }))).toMatchObject({ is: 'retry', afterMs: 7_000 });
    }
  });

  it('never throws, whatever the answer', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 599 }),
        fc.oneof(fc.string(), fc.json()),
        fc.boolean(),
        fc.dictionary(fc.constantFrom('retry-after', 'date', 'content-type'), fc.string()),
        (status, body, complete, headers) => {
          const judged = judge({ status, body, complete, headers });
          const good = status >= 200 && status < 300;
          if (judged.is === 'delivered') expect(good).toBe(true);
          if (judged.is === 'retry') {
            expect(judged.afterMs ?? 0).toBeGreaterThanOrEqual(0);
            expect(judged.afterMs ?? 0).toBeLessThanOrEqual(3_600_000);
          }
        },
      ),
    );
  });
});

describe('retryAfter', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 5 ', 5_000],
    ['999999', 3_600_000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['Fri, 01 Jan 2027 00:00:00 GMT', 3_600_000],
  ])('reads %j as %i ms', (value, ms) => {
    expect(retryAfter({ 'retry-after': value }, NOW)).toBe(ms);
  });

  it.each(['', '-1', '1.5', 'soon', 'Xxx, yesterday'])('ignores %j', (value) => {
    expect(retryAfter({ 'retry-after': value }, NOW)).toBeUndefined();
  });

  it('measures a date from the clock of the server, not from ours', () => {
    const headers = {
      'retry-after': 'Thu, 01 Jan 2026 10:00:30 GMT',
      date: 'Thu, 01 Jan 2026 10:00:00 GMT',
    };
    expect(retryAfter(headers, NOW)).toBe(30_000);
  });
});
