import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { turns } from '../../../src/io/postgres/turns.ts';

const patient = new AbortController().signal;
const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  let done = false;
  void promise.then(
    () => (done = true),
    () => (done = true),
  );
  for (let round = 0; round < 5; round++) await Promise.resolve();
  return done;
};

describe('turns', () => {
  it('lets one pass at a time, in the order of asking', async () => {
    const { take } = turns();
    const first = await take(patient);
    const second = take(patient);
    const third = take(patient);
    expect(await settled(second)).toBe(false);
    first();
    const release = await second;
    expect(await settled(third)).toBe(false);
    release();
    (await third)();
    (await take(patient))();
  });

  it('forgets who leaves while waiting', async () => {
    const { take } = turns();
    const first = await take(patient);
    const leaving = new AbortController();
    const second = take(leaving.signal);
    const third = take(patient);
    leaving.abort(new Error('left'));
    await expect(second).rejects.toThrow('left');
    first();
    (await third)();
  });

  it('turns away who has already left', async () => {
    await expect(turns().take(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  });

  it('ignores a second release', async () => {
    const { take } = turns();
    const first = await take(patient);
    const second = take(patient);
    first();
    first();
    const held = await second;
    expect(await settled(take(patient))).toBe(false);
    held();
  });

  it('lets those first who are preferred', async () => {
    const { take } = turns({ prefers: (key) => key === 'here' });
    const first = await take(patient, 'here');
    const order: string[] = [];
    const passing = ['there', 'here', 'elsewhere', 'here'].map(async (key) => {
      const release = await take(patient, key);
      order.push(key);
      release();
    });
    first();
    await Promise.all(passing);
    expect(order).toStrictEqual(['here', 'here', 'there', 'elsewhere']);
  });

  describe('keeps the turn for one who is preferred', () => {
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());
    const kept = () => turns({ prefers: (key) => key === 'here', keptFor: () => 100 });

    it('and lets others pass when nobody came', async () => {
      const { take } = kept();
      (await take(patient, 'here'))();
      const there = take(patient, 'there');
      expect(await settled(there)).toBe(false);
      await vi.advanceTimersByTimeAsync(99);
      expect(await settled(there)).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      (await there)();
      expect(vi.getTimerCount()).toBe(0);
    });

    it('who passes at once when he comes', async () => {
      const { take } = kept();
      const first = await take(patient, 'here');
      const there = take(patient, 'there');
      first();
      await vi.advanceTimersByTimeAsync(50);
      const second = await take(patient, 'here');
      await vi.advanceTimersByTimeAsync(500);
      expect(await settled(there)).toBe(false);
      second();
      await vi.advanceTimersByTimeAsync(100);
      (await there)();
    });

    it('and is free again when the others left', async () => {
      const { take } = kept();
      const leaving = new AbortController();
      const there = take(leaving.signal, 'there');
      leaving.abort(new Error('left'));
      await expect(there).rejects.toThrow('left');
      expect(vi.getTimerCount()).toBe(0);
      (await take(patient, 'here'))();
    });
  });
});
