import { describe, expect, it } from 'vitest';
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
});
