import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sumOf } from '../../../src/schema/json.ts';
import { countingSource } from '../../support/countingSource.ts';
import type { Fault } from '../../support/fakeBackend.ts';
import { gaps, simulate } from '../../support/simulate.ts';

const fault = fc.constantFrom<Fault | undefined>(
  undefined,
  undefined,
  'unavailable',
  'lost',
  'unauthorized',
  'too_large',
  'unprocessable',
  'hang',
);

const scenario = fc.record({
  faults: fc.array(fault, { maxLength: 40 }),
  /** Milliseconds that each payload takes to become durable, in turn. */
  appends: fc.array(fc.constantFrom(0, 3, 700, 20_000), { minLength: 1, maxLength: 5 }),
  intervals: fc.array(fc.integer({ min: 2, max: 40 }), { minLength: 1, maxLength: 3 }),
  pushIntervalS: fc.integer({ min: 1, max: 90 }),
  /** When the backend is away, in ms since the start, and for how long. */
  downAt: fc.integer({ min: 0, max: 120_000 }),
  downFor: fc.integer({ min: 0, max: 90_000 }),
  hanging: fc.boolean(),
  stopAtMs: fc.integer({ min: 0, max: 300_000 }),
  jitter: fc.double({ min: 0, max: 0.99, noNaN: true }),
});

describe('the agent under any faults', () => {
  it('accounts for every metric, and delivers each at most once, in order', () => {
    let runs = 0;
    let whole = 0;
    let faulty = 0;
    fc.assert(
      fc.property(scenario, (drawn) => {
        const sources = drawn.intervals.map((_, n) => countingSource(`type${n}`));
        let appended = 0;
        const run = simulate({
          sources,
          text: [
            `[collector]\npush_interval = ${drawn.pushIntervalS}\nconfig_pull_interval = 3600`,
            ...drawn.intervals.map((everyS, n) => `[type${n}]\ninterval = ${everyS}`),
          ].join('\n'),
          ports: { appendMs: () => drawn.appends[appended++ % drawn.appends.length] ?? 0 },
          script: {
            0: ({ backend }) => backend.faults.push(...drawn.faults),
            [drawn.downAt]: ({ backend }) => {
              backend.down = !drawn.hanging;
              backend.hanging = drawn.hanging;
            },
            [drawn.downAt + drawn.downFor + 1]: ({ backend }) => {
              backend.down = false;
              backend.hanging = false;
            },
          },
          stopAtMs: drawn.stopAtMs,
          random: () => drawn.jitter,
        });
        const { collected, delivered, setAside, dropped } = run.books;
        // The end comes in time, and nothing is on its way any more.
        expect(run.endedMs).toBeLessThanOrEqual(drawn.stopAtMs + 15_000);
        expect(collected).toBe(sources.reduce((sum, { counted }) => sum + counted.metrics, 0));
        expect(collected).toBe(delivered + setAside + sumOf(dropped));

        // The backend holds each payload that was acknowledged once, and no metric twice.
        const keys = run.backend.stored.map(({ key }) => key);
        expect(new Set(keys).size).toBe(keys.length);
        expect(run.backend.mixedUp).toEqual([]);
        const acked = run.of('acked').flatMap(({ entry }) => {
          const { id, counts } = entry.receipt.header;
          return sumOf(counts) > 0 ? [id] : [];
        });
        expect(keys).toEqual(expect.arrayContaining(acked));
        const held = run.backend.stored.filter(({ key }) => acked.includes(key));
        expect(held.reduce((sum, { metrics }) => sum + metrics.length, 0)).toBe(delivered);
        for (const { type } of sources) {
          expect(gaps(run.numbers(type)).every((gap) => gap > 0)).toBe(true);
        }
        runs++;
        if (delivered === collected) whole++;
        if (run.of('set_aside').length > 0) faulty++;
      }),
      { numRuns: 200, seed: 20_260_102, interruptAfterTimeLimit: 60_000 },
    );
    // The scenarios are worth their time, however many there was time for: neither all harmless nor all fatal.
    expect(whole).toBeGreaterThanOrEqual(Math.floor(runs / 10));
    expect(faulty).toBeGreaterThanOrEqual(Math.floor(runs / 10));
  }, 120_000);
});
