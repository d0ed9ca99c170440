import { describe, expect, it } from 'vitest';
import {
  asyncScheduler,
  interval,
  lastValueFrom,
  map,
  merge,
  of,
  take,
  tap,
  timer,
  toArray,
} from 'rxjs';
import { onReplayClock } from '../../src/io/replayClock.ts';

const START = Date.parse('2026-01-02T03:04:05.000Z');
const clock = (): number => asyncScheduler.now() - START;

describe('onReplayClock', () => {
  it('runs hours in a moment, in the order of time, before subscribe returns', () => {
    const seen: unknown[] = [];
    const work$ = merge(
      timer(3_600_000).pipe(map(() => ['hour', clock()])),
      interval(1_000_000).pipe(
        take(3),
        map((n) => [n, clock()]),
      ),
      of(['now', 0]),
    );
    onReplayClock(work$, { startedAt: START, speed: Infinity }).subscribe({
      next: (value) => seen.push(value),
      complete: () => seen.push('end'),
    });
    expect(seen).toEqual([
      ['now', 0],
      [0, 1_000_000],
      [1, 2_000_000],
      [2, 3_000_000],
      ['hour', 3_600_000],
      'end',
    ]);
  });

  it('gives real time back when it ends, errors or is left', () => {
    const options = { startedAt: START, speed: Infinity };
    onReplayClock(timer(5), options).subscribe();
    expect(Math.abs(asyncScheduler.now() - Date.now())).toBeLessThan(1_000);
    const failing$ = timer(5).pipe(
      map(() => {
        throw new Error('broken');
      }),
    );
    let message = '';
    onReplayClock(failing$, options).subscribe({
      error: (error: unknown) => (message = String(error)),
    });
    expect(message).toBe('Error: broken');
    onReplayClock(timer(1_000_000), { startedAt: START, speed: 1 }).subscribe().unsubscribe();
    expect(Math.abs(asyncScheduler.now() - Date.now())).toBeLessThan(1_000);
    expect(Object.hasOwn(asyncScheduler, 'schedule')).toBe(false);
  });

  it('goes as fast as real time from a moment on', async () => {
    const begun = performance.now();
    const seen: number[] = [];
    await lastValueFrom(
      onReplayClock(
        timer(10_000, 100).pipe(
          take(4),
          tap(() => seen.push(clock())),
        ),
        { startedAt: START, speed: 1_000, realFrom: START + 10_000 },
      ),
    );
    expect(seen).toEqual([10_000, 10_100, 10_200, 10_300]);
    expect(performance.now() - begun).toBeGreaterThan(300);
  });

  it('goes faster than real time and keeps the times of its own clock', async () => {
    const begun = performance.now();
    const work$ = interval(1_000).pipe(take(10), map(clock), toArray());
    const seen = await lastValueFrom(onReplayClock(work$, { startedAt: START, speed: 100 }));
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((n) => n * 1_000));
    expect(performance.now() - begun).toBeGreaterThan(90);
  });
});
