import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { FOLDER, Runs } from './runs.ts';

describe('durableSpool and its bounds', () => {
  const size = async (): Promise<number> => {
    const runs = new Runs();
    await runs.start();
    await runs.append(1);
    return runs.disk.bytes(`${FOLDER}/000000000001.payload`).length;
  };

  it('evicts the oldest polled payload first, never the one in flight', async () => {
    const runs = new Runs({ maxFiles: 3 });
    await runs.start();
    await runs.append(1);
    await runs.append(1, false);
    await runs.append(1);
    await runs.append(1);
    expect(runs.gone).toEqual([1]);
    await runs.append(1);
    expect(runs.gone).toEqual([1, 2]);
    expect(runs.offered?.id).toBe('p0');
  });

  it('keeps to its bytes', async () => {
    const runs = new Runs({ maxBytes: 3.5 * (await size()) });
    await runs.start();
    for (let i = 0; i < 10; i++) await runs.append(1);
    expect(await firstValueFrom(runs.spool!.waiting$)).toBe(3);
    expect(runs.gone).toHaveLength(7);
    expect(runs.disk.names(FOLDER)).toHaveLength(3);
  });

  it('lets what is too old go, by a clock that does not jump', async () => {
    const runs = new Runs({ maxAgeMs: 1_000 });
    await runs.start();
    await runs.append(1);
    await runs.append(1);
    runs.monotonic = 2_000;
    await runs.append(1);
    // The first one is in flight.
    expect(runs.gone).toEqual([1]);
  });

  it('says when sources should pause, and when they may go on', async () => {
    const runs = new Runs({ maxFiles: 10 });
    await runs.start();
    const told: boolean[] = [];
    runs.spool!.pressure$.subscribe((pressed) => told.push(pressed));
    for (let i = 0; i < 9; i++) await runs.append(1);
    expect(told).toEqual([false, true]);
    await runs.send();
    expect(told).toEqual([false, true]);
    await runs.send();
    await runs.send();
    expect(told).toEqual([false, true, false]);
  });

  it('shrinks to 4 MiB rather than use the last space of a disk', async () => {
    const runs = new Runs({ minFreeBytes: 2 ** 40 });
    runs.disk.capacity = 2 ** 30;
    await runs.start();
    for (let i = 0; i < 3; i++) await runs.append(1);
    expect(runs.gone).toEqual([]);
    expect(await firstValueFrom(runs.spool!.waiting$)).toBe(3);
  });
});
