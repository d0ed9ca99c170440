import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { NEVER, Subject, VirtualTimeScheduler, finalize, of, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { bufferWindow, type WindowLimits } from '../../src/operators/bufferWindow.ts';
import { processorMs } from '../support/processorMs.ts';

interface Value {
  readonly id: number;
  readonly size: number;
}
const bytesOf = (values: readonly Value[]): number =>
  values.reduce((sum, { size }) => sum + size, 0);

const limits = fc.record({
  maxAgeMs: fc.integer({ min: 0, max: 20 }),
  maxBytes: fc.integer({ min: 1, max: 30 }),
  maxCount: fc.integer({ min: 1, max: 8 }),
  capacityBytes: fc.integer({ min: 1, max: 60 }),
});
/** What happens, one after the other: values come, time passes, the limits change, a flush is asked for. */
const event = fc.oneof(
  { weight: 8, arbitrary: fc.record({ size: fc.integer({ min: 0, max: 20 }) }) },
  { weight: 4, arbitrary: fc.record({ waitMs: fc.integer({ min: 1, max: 15 }) }) },
  { weight: 1, arbitrary: fc.record({ limits }) },
  { weight: 1, arbitrary: fc.record({ flush: fc.constant(true) }) },
);

describe('bufferWindow, whatever happens', () => {
  it('loses and doubles nothing, keeps the order, and stays within its limits', () => {
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 80 }),
        fc.array(fc.integer({ min: 0, max: 25 }), { minLength: 1, maxLength: 5 }),
        limits,
        fc.boolean(),
        fc.boolean(),
        (events, durations, first, lateLimits, fails) => {
          const scheduler = new VirtualTimeScheduler();
          const source = new Subject<Value>();
          const limits$ = new Subject<WindowLimits>();
          const flush$ = new Subject<void>();
          const received: number[] = [];
          const written: number[] = [];
          const dropped: number[] = [];
          const arrivedAt = new Map<number, number>();
          let now: WindowLimits | undefined;
          let writing = 0;
          let windows = 0;
          let freeSince = 0;
          /** Since when the limits are as they are. */
          let changedAt = 0;
          let outcome: unknown;
          let held: Value[] = [];
          const leave = (values: readonly Value[]): void => {
            const ids = new Set(values.map(({ id }) => id));
            held = held.filter(({ id }) => !ids.has(id));
          };
          source
            .pipe(
              bufferWindow(
                {
                  limits$,
                  flush$,
                  bytes: ({ size }) => size,
                  onDrop: (values) => {
                    dropped.push(...values.map(({ id }) => id));
                    leave(values);
                  },
                },
                (window) => {
                  expect(writing).toBe(0);
                  expect(window.length).toBeGreaterThan(0);
                  writing += 1;
                  leave(window);
                  if (now) {
                    expect(window.length).toBeLessThanOrEqual(now.maxCount);
                    const most = Math.min(now.maxBytes, now.capacityBytes);
                    if (window.length > 1) expect(bytesOf(window)).toBeLessThanOrEqual(most);
                    // In time, unless a write or younger limits stood in the way.
                    const deadline = Math.max(
                      arrivedAt.get(window[0]!.id)! + now.maxAgeMs,
                      freeSince,
                      changedAt,
                    );
                    expect(scheduler.now()).toBeLessThanOrEqual(deadline);
                  }
                  written.push(...window.map(({ id }) => id));
                  const ms = durations[windows++ % durations.length]!;
                  return (ms === 0 ? of(1) : timer(ms, scheduler)).pipe(
                    finalize(() => {
                      writing -= 1;
                      freeSince = scheduler.now();
                    }),
                  );
                },
                scheduler,
              ),
            )
            .subscribe({
              error: (error: unknown) => (outcome = error),
              complete: () => (outcome = 'complete'),
            });
          const pass = (ms: number): void => {
            scheduler.maxFrames = scheduler.now() + ms;
            const clock = scheduler.schedule(() => undefined, ms);
            scheduler.flush();
            clock.unsubscribe();
          };
          const adopt = (newest: WindowLimits): void => {
            now = newest;
            changedAt = scheduler.now();
            limits$.next(newest);
          };
          if (!lateLimits) adopt(first);
          for (const happens of events) {
            if ('size' in happens) {
              const value = { id: received.length, size: happens.size };
              received.push(value.id);
              arrivedAt.set(value.id, scheduler.now());
              held.push(value);
              source.next(value);
            } else if ('waitMs' in happens) pass(happens.waitMs);
            else if ('limits' in happens) adopt(happens.limits);
            else {
              flush$.next();
              if (now && writing === 0) expect(held).toStrictEqual([]);
            }
            if (now) expect(bytesOf(held)).toBeLessThanOrEqual(now.capacityBytes);
            const accounted = [...written, ...dropped, ...held.map(({ id }) => id)];
            expect(accounted.sort((a, b) => a - b)).toStrictEqual(received);
            expect(written.every((id, i) => i === 0 || id > written[i - 1]!)).toBe(true);
          }
          const error = new Error('source');
          if (fails) source.error(error);
          else source.complete();
          scheduler.maxFrames = Infinity;
          scheduler.flush();
          expect(held).toStrictEqual([]);
          expect(outcome).toBe(fails ? error : 'complete');
          expect([...written, ...dropped].sort((a, b) => a - b)).toStrictEqual(received);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('stays within its capacity in memory under load, while a write hangs', () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const capacityBytes = 4_000_000;
    const source = new Subject<string>();
    let drops = 0;
    const running = source
      .pipe(
        bufferWindow(
          {
            limits$: of({ maxAgeMs: 1000, maxBytes: 100_000, maxCount: 1000, capacityBytes }),
            bytes: ({ length }) => length,
            onDrop: ({ length }) => (drops += length),
          },
          () => NEVER,
        ),
      )
      .subscribe();
    gc();
    const before = process.memoryUsage().heapUsed;
    const load = 200_000;
    for (let i = 0; i < load; i += 1) source.next(`${i} `.padEnd(1000, String(i)));
    gc();
    const grown = process.memoryUsage().heapUsed - before;
    running.unsubscribe();
    // 200 MB came; 4 MB wait and one window of 100 values is being written.
    expect(drops).toBe(load - 4000 - 100);
    expect(grown).toBeLessThan(5 * capacityBytes);
  });

  it('costs the same per value however many wait', () => {
    const spentMs = (waiting: number): number => {
      const source = new Subject<number>();
      const running = source
        .pipe(
          bufferWindow(
            {
              limits$: of({
                maxAgeMs: 1000,
                maxBytes: 1,
                maxCount: 1,
                capacityBytes: waiting,
              }),
              bytes: () => 1,
              onDrop: () => undefined,
            },
            () => NEVER,
          ),
        )
        .subscribe();
      for (let i = 0; i < waiting; i += 1) source.next(i);
      const took = processorMs(() => {
        // Each value now drops the oldest of those that wait.
        for (let i = 0; i < 50_000; i += 1) source.next(i);
      });
      running.unsubscribe();
      return took;
    };
    spentMs(1000);
    // Were the array shifted at each drop, it would be some thousand times as much.
    expect(spentMs(200_000)).toBeLessThan(20 * spentMs(1000) + 500);
  });
});
