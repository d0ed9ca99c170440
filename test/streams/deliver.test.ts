import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { NEVER, asyncScheduler, defer, finalize, map, of, takeUntil, tap, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { memorySpool } from '../../src/io/memorySpool.ts';
import type { Spool } from '../../src/ports/spool.ts';
import { readEnvelope, writeEnvelope } from '../../src/schema/envelope.ts';
import type { Entry } from '../../src/schema/journal.ts';
import { sumOf } from '../../src/schema/json.ts';
import type { Payload } from '../../src/schema/payload.ts';
import type { Receipt, Verdict } from '../../src/schema/receipt.ts';
import type { Zlib } from '../../src/sinks/bodyFor.ts';
import type { Sink } from '../../src/sinks/sink.ts';
import { type DeliverOptions, deliver } from '../../src/streams/deliver.ts';
import { heartbeat } from '../../src/streams/pipeline/heartbeat.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const zlib: Required<Zlib> = {
  compress: (data: string | Uint8Array) => of(gzipSync(data)),
  decompress: (data: Uint8Array) => of(gunzipSync(data)),
};

function payload(id: string, count = 1): Payload {
  const metrics = Array.from({ length: count }, (_, n) => `{"type":"t${n % 2}","n":${n}}`);
  const raw = writeEnvelope({ collector_id: 'c', hostname: 'h', timestamp: 'T', metrics });
  const body = gzipSync(raw);
  const counts: Record<string, number> = { t0: Math.ceil(count / 2) };
  if (count > 1) counts['t1'] = Math.floor(count / 2);
  return {
    header: {
      id,
      collectorId: 'c',
      counts,
      seqs: [100, 99 + count],
      rawBytes: raw.length,
      bytes: body.length,
      createdAt: 'T',
      marks: { unit: id },
    },
    body,
  };
}

const ok: Verdict = { is: 'delivered' };
const busy: Verdict = { is: 'retry', cause: 'HTTP 503' };

/** An answer: a verdict, with a status where it matters; null status: no answer. */
type Answer =
  | Verdict
  | {
      readonly verdict: Verdict;
      readonly status: number | null;
      readonly sent?: number;
      readonly resent?: true;
    };

interface World {
  readonly payloads: readonly Payload[];
  /** The answer to the nth attempt (from 1) with a payload of this id; heartbeats are `beat`. */
  readonly answer: (id: string, n: number, payload: Payload) => Answer;
  readonly closedMs?: number;
  readonly stopMs?: number;
  readonly forMs?: number;
  readonly options?: Partial<DeliverOptions>;
  readonly takesMs?: number;
}

/** Delivers in virtual time; `log` has what was noted of payloads, each with its second. */
function run(world: World) {
  const log: string[] = [];
  const attempts: { id: string; at: number }[] = [];
  const sent: Payload[] = [];
  const entries: Entry[] = [];
  const counts = new Map<string, number>();
  const left: string[] = [];
  let leftCount = 0;
  let inFlight = 0;
  let most = 0;
  let endedAt: number | null = null;
  const seconds = () => Math.floor(asyncScheduler.now() / 1000);
  function sink(one: Payload, attempt: number): ReturnType<Sink> {
    return defer(() => {
      const { id } = one.header;
      const n = (counts.get(id) ?? 0) + 1;
      counts.set(id, n);
      attempts.push({ id, at: asyncScheduler.now() });
      sent.push(one);
      most = Math.max(most, ++inFlight);
      return timer(world.takesMs ?? 10).pipe(
        map(() => receipt(one, attempt, world.answer(id, n, one))),
        finalize(() => inFlight--),
      );
    });
  }
  const note = (entry: Entry): void => {
    entries.push(entry);
    if (entry.at === 'acked') log.push(`${seconds()} acked ${entry.receipt.header.id}`);
    if (entry.at === 'set_aside') {
      log.push(`${seconds()} set_aside ${entry.header.id}: ${entry.reason}`);
    }
  };
  new TestScheduler(() => undefined).run(({ flush, expectObservable }) => {
    let spool: Spool | undefined;
    const opened = memorySpool({ maxBytes: 10_000_000 }).subscribe((one) => (spool = one));
    for (const one of world.payloads) spool!.append(one).subscribe();
    const delivery$ = deliver({
      spool: spool!,
      sink,
      note,
      random: () => 0.5,
      heartbeat$: heartbeat({ hostname: 'h', version: '1', newId: () => 'beat', ...zlib }),
      wake$: NEVER,
      closed$: world.closedMs === undefined ? NEVER : timer(world.closedMs),
      stop$: world.stopMs === undefined ? NEVER : timer(world.stopMs),
      zlib,
      ...world.options,
    }).pipe(tap({ complete: () => (endedAt = asyncScheduler.now()) }));
    expectObservable(delivery$.pipe(takeUntil(timer(world.forMs ?? 24 * HOUR))));
    flush();
    spool!.close().subscribe(({ header }) => {
      left.push(header.id);
      leftCount += sumOf(header.counts);
    });
    opened.unsubscribe();
  });
  return { log, attempts, sent, entries, left, leftCount, most, endedAt: endedAt as number | null };
}

function receipt(one: Payload, attempt: number, answer: Answer): Receipt {
  const full: Exclude<Answer, Verdict> =
    'verdict' in answer ? answer : { verdict: answer, status: 503 };
  return {
    ...(full.resent && { resent: true }),
    header: one.header,
    attempt,
    endpoint: 'https://b',
    status: full.verdict.is === 'delivered' ? 200 : full.status,
    sentBytes: full.sent ?? one.body.length,
    encoding: 'gzip',
    tookMs: 10,
    verdict: full.verdict,
  };
}

const times = ({ attempts }: { attempts: readonly { id: string; at: number }[] }, id: string) =>
  attempts.filter((attempt) => attempt.id === id).map(({ at }) => at);
const metricsOf = ({ body }: Payload) => readEnvelope(gunzipSync(body).toString()).metrics;

describe('deliver', () => {
  it('sends oldest first, one at a time, and ends when the spool is closed and empty', () => {
    const { log, most, endedAt, left } = run({
      payloads: ['a', 'b', 'c'].map((id) => payload(id)),
      answer: () => ok,
      takesMs: 1_000,
      closedMs: 0,
    });
    expect(log).toEqual(['1 acked a', '2 acked b', '3 acked c']);
    expect(most).toBe(1);
    expect(endedAt).toBe(3_000);
    expect(left).toEqual([]);
  });

  it('does not end while the spool is open', () => {
    const { endedAt } = run({ payloads: [payload('a')], answer: () => ok, forMs: HOUR });
    expect(endedAt).toBeNull();
  });

  it('retries with a growing wait until the payload is taken, and reports both once more', () => {
    const world = run({
      payloads: [payload('a'), payload('b')],
      answer: (id, n) => (id === 'a' && n < 4 ? busy : ok),
      closedMs: 0,
    });
    expect(times(world, 'a')).toEqual([0, 510, 1_520, 3_530]);
    expect(world.log).toEqual(['3 acked a', '3 acked b']);
    const kinds = world.entries.map(({ at }) => at);
    expect(kinds.filter((at) => at === 'trouble')).toHaveLength(3);
    expect(kinds.filter((at) => at === 'settled')).toHaveLength(1);
    expect(kinds.filter((at) => at === 'sent')).toHaveLength(5);
  });

  it('waits as long as the backend asks for', () => {
    const world = run({
      payloads: [payload('a')],
      answer: (_, n) => (n === 1 ? { is: 'retry', cause: 'HTTP 429', afterMs: 120_000 } : ok),
      closedMs: 0,
    });
    // The fleet was told the same: half of the quarter that is added at most.
    expect(times(world, 'a')).toEqual([0, 135_010]);
  });

  it('does not try in a hot loop where the backend asks for no wait at all', () => {
    const { attempts } = run({
      payloads: [payload('a')],
      answer: () => ({ is: 'retry', cause: 'HTTP 503', afterMs: 0 }),
      takesMs: 1,
      forMs: HOUR,
    });
    expect(attempts.filter(({ id }) => id === 'a').length).toBeLessThan(150);
  });

  it('ends a wait when the settings change', () => {
    const world = run({
      payloads: [payload('a')],
      answer: (_, n) => (n === 1 ? { is: 'retry', cause: 'HTTP 429', afterMs: 3_600_000 } : ok),
      closedMs: 0,
      options: { wake$: timer(5_000) },
    });
    expect(times(world, 'a')[1]).toBeLessThanOrEqual(5_020);
  });

  it.each(['forbidden', 'unauthorized'] as const)('probes from 1 to 15 minutes on %s', (is) => {
    const world = run({
      payloads: [payload('a')],
      answer: () => ({ verdict: { is, cause: 'no' }, status: 403 }),
      forMs: 2 * HOUR,
    });
    const gaps = times(world, 'a').map((at, n, all) => at - (all[n - 1] ?? at));
    expect(gaps[1]).toBeGreaterThanOrEqual(MINUTE);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(15 * MINUTE + 10);
    expect(gaps.at(-1)).toBeGreaterThan(14 * MINUTE);
    expect(world.left).toEqual(['a']);
  });

  it('sets poison aside with the answer, and goes on', () => {
    const { log } = run({
      payloads: [payload('a'), payload('b')],
      answer: (id) =>
        id === 'a' ? { verdict: { is: 'rejected', reason: 'HTTP 400: bad' }, status: 400 } : ok,
      closedMs: 0,
    });
    expect(log).toEqual(['0 set_aside a: HTTP 400: bad', '0 acked b']);
  });

  it('backs off between payloads after three refusals in a row', () => {
    const world = run({
      payloads: Array.from({ length: 6 }, (_, n) => payload(`p${n}`)),
      answer: (id) =>
        id === 'p5' ? ok : { verdict: { is: 'rejected', reason: 'HTTP 422' }, status: 422 },
      closedMs: 0,
    });
    expect(world.attempts.map(({ at }) => at)).toEqual([0, 10, 20, 530, 1_540, 3_550]);
    expect(world.left).toEqual([]);
  });

  it('halves a payload that is too large, again and again, in order', () => {
    const { log, sent } = run({
      payloads: [payload('a', 7), payload('b')],
      answer: (_, __, { header }) =>
        sumOf(header.counts) > 2 ? { verdict: { is: 'too_large' }, status: 413 } : ok,
      closedMs: 0,
    });
    expect(log.map((line) => line.split(' ')[2])).toEqual([
      'a.0.0',
      'a.0.1',
      'a.1.0',
      'a.1.1',
      'b',
    ]);
    const delivered = sent.filter(({ header }) => sumOf(header.counts) <= 2).slice(0, -1);
    expect(delivered.flatMap(metricsOf)).toEqual(metricsOf(payload('a', 7)));
    for (const { header, body } of delivered) {
      expect(header.bytes).toBe(body.length);
      expect(header.rawBytes).toBe(gunzipSync(body).length);
      expect(header.seqs[1] - header.seqs[0] + 1).toBe(sumOf(header.counts));
    }
    expect(delivered.map(({ header }) => header.parent)).toEqual(['a.0', 'a.0', 'a.1', 'a.1']);
  });

  it('sets a single metric aside that is too large', () => {
    const { log } = run({
      payloads: [payload('a')],
      answer: () => ({ verdict: { is: 'too_large' }, status: 413 }),
      closedMs: 0,
    });
    expect(log).toEqual(['0 set_aside a: too_large']);
  });

  it('split after a lost response: not done, but it is after a refused connection', () => {
    const after = (sent: number) =>
      run({
        payloads: [payload('a', 4)],
        answer: (id, n) =>
          id !== 'a'
            ? ok
            : n === 1
              ? { verdict: { is: 'retry', cause: 'x' }, status: null, sent }
              : { verdict: { is: 'too_large' }, status: 413 },
        closedMs: 0,
      }).log.map((line) => line.split(' ').slice(1).join(' '));
    expect(after(100)).toEqual(['set_aside a: too_large']);
    expect(after(0)).toEqual(['acked a.0', 'acked a.1']);
  });

  it.each([
    ['a try that got no answer', { verdict: { is: 'too_large' }, status: 413, resent: true }],
    ['a gateway that got none', { verdict: { is: 'retry', cause: 'x' }, status: 502 }],
  ] as const)('does not halve after %s: the backend may have stored it', (_, first) => {
    const { log } = run({
      payloads: [payload('a', 4)],
      answer: (_id, n) => (n === 1 ? first : { verdict: { is: 'too_large' }, status: 413 }),
      closedMs: 0,
    });
    expect(log.map((line) => line.replace(/^\d+ /, ''))).toEqual(['set_aside a: too_large']);
  });

  it('poison 500 goes to suspect, others flow: halved once, after five failures with a heartbeat that gets through', () => {
    const { log, entries } = run({
      payloads: [payload('a', 4), payload('b')],
      answer: (id, _, one) => {
        const poisoned = id !== 'beat' && metricsOf(one).some((json) => json.includes('"n":3'));
        return poisoned ? busy : ok;
      },
      closedMs: 0,
    });
    const fates = log.map((line) => line.split(' ').slice(1).join(' '));
    expect(fates.filter((fate) => !fate.includes('beat'))).toEqual([
      'acked a.0',
      'set_aside a.1: suspect',
      'acked b',
    ]);
    expect(entries.some((entry) => entry.at === 'dropped')).toBe(false);
  });

  it('does not suspect what failed in an outage that ends between it and the heartbeat', () => {
    let isUp = false;
    const { log } = run({
      payloads: [payload('a', 4)],
      answer: (id, n) => {
        if (id === 'beat') isUp = true;
        return isUp && n > 5 ? ok : id === 'beat' ? ok : { verdict: busy, status: null };
      },
      closedMs: 0,
    });
    expect(log.filter((line) => !line.includes('beat'))).toEqual([
      expect.stringContaining('acked a'),
    ]);
  });

  it('suspects nothing while no heartbeat gets through', () => {
    const { log, attempts, left } = run({
      payloads: [payload('a', 4)],
      answer: () => busy,
      forMs: 2 * HOUR,
    });
    expect(log).toEqual([]);
    expect(attempts.filter(({ id }) => id === 'a').length).toBeGreaterThan(50);
    expect(left).toEqual(['a']);
  });

  it('does not suspect a payload for 429, or for answers that are no acknowledgement', () => {
    for (const [status, cause] of [
      [429, 'HTTP 429'],
      [200, 'unrecognised_ack'],
    ] as const) {
      const { left } = run({
        payloads: [payload('a')],
        answer: (id) => (id === 'beat' ? ok : { verdict: { is: 'retry', cause }, status }),
        forMs: HOUR,
      });
      expect(left).toEqual(['a']);
    }
  });

  it('sends a heartbeat when nothing else was sent for a minute', () => {
    const world = run({ payloads: [payload('a')], answer: () => ok, forMs: 3.5 * MINUTE });
    expect(times(world, 'beat')).toEqual([60_010, 120_020, 180_030]);
    expect(metricsOf(world.sent.at(-1)!)).toEqual([]);
  });

  it('sends no heartbeat while a payload waits for its next attempt', () => {
    const world = run({
      payloads: [payload('a')],
      answer: () => ({ is: 'retry', cause: 'HTTP 429', afterMs: 5 * MINUTE }),
      forMs: 14 * MINUTE,
    });
    expect(times(world, 'beat')).toEqual([]);
  });

  it('goes on after a stop for the drain budget only, and aborts what is in flight', () => {
    const { endedAt, left, log } = run({
      payloads: [payload('a'), payload('b'), payload('c')],
      answer: () => ok,
      takesMs: 4_000,
      stopMs: 1_000,
      closedMs: 1_000,
    });
    expect(endedAt).toBe(11_000);
    expect(log).toEqual(['4 acked a', '8 acked b']);
    expect(left).toEqual(['c']);
  });

  it('tries what waits once more when it is stopped', () => {
    const world = run({
      payloads: [payload('a')],
      answer: (_, n) => (n === 1 ? { is: 'retry', cause: 'x', afterMs: HOUR } : ok),
      stopMs: 1_000,
      closedMs: 1_000,
    });
    expect(times(world, 'a')).toEqual([0, 1_000]);
    expect(world.endedAt).toBe(1_010);
  });

  it('keeps the books: every metric is delivered, set aside or left', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 6 }),
        fc.infiniteStream(fc.constantFrom('ok', 'busy', 'large', 'bad', 'silent', 'forbidden')),
        (sizes, fates) => {
          const answers: Record<string, Answer> = {
            ok,
            busy,
            large: { verdict: { is: 'too_large' }, status: 413 },
            bad: { verdict: { is: 'rejected', reason: 'HTTP 400' }, status: 400 },
            silent: { verdict: { is: 'retry', cause: 'ETIMEDOUT' }, status: null },
            forbidden: { verdict: { is: 'forbidden', cause: 'HTTP 403' }, status: 403 },
          };
          const { entries, leftCount } = run({
            payloads: sizes.map((size, n) => payload(`p${n}`, size)),
            answer: () => answers[fates.next().value as string]!,
            closedMs: 0,
            forMs: 3 * HOUR,
          });
          const settledCount = entries.reduce((sum, entry) => {
            if (entry.at === 'acked') return sum + sumOf(entry.receipt.header.counts);
            return entry.at === 'set_aside' ? sum + sumOf(entry.header.counts) : sum;
          }, 0);
          expect(settledCount + leftCount).toBe(sizes.reduce((sum, size) => sum + size, 0));
        },
      ),
      { numRuns: 60 },
    );
  });
});
