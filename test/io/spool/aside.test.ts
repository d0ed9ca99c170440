import { type Observable, firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { AsideName } from '../../../src/ports/spool.ts';
import { diskError } from './fakeDisk.ts';
import { FOLDER, Runs, quiet } from './runs.ts';

const DAY_MS = 86_400_000;
const first = 'dead/000000000001.payload';

/** Three payloads, the first two of which the backend refused. */
async function refused(): Promise<Runs> {
  const runs = new Runs();
  await runs.start();
  for (const lines of [1, 2, 3]) await runs.append(lines);
  await runs.refuse('HTTP 422: too old');
  await runs.refuse('HTTP 422: too old');
  return runs;
}

const done = async (names$: Observable<readonly AsideName[]>): Promise<readonly AsideName[]> => {
  const names = await firstValueFrom(names$);
  await quiet();
  return names;
};

describe('what was set aside', () => {
  it('waits again on request, in front of all others, under its own id', async () => {
    const runs = await refused();
    expect(runs.offered?.id).toBe('p2');
    expect(await done(runs.spool!.aside.retry([first]))).toEqual([first]);
    expect(runs.news.at(-1)).toEqual({ is: 'retried', counts: { pg_log: 1 } });
    await runs.send();
    expect(runs.offered).toMatchObject({ id: 'p0', attempted: true });
    expect(runs.offered).not.toHaveProperty('suspect');
    await runs.drain();
    expect([...runs.stored.keys()]).toEqual(['p2', 'p0']);
    expect(runs.disk.names(`${FOLDER}/dead`)).toEqual([
      '000000000002.payload',
      '000000000002.payload.reason',
    ]);
  });

  it('goes for good on request, with its reason; what nobody has is not named', async () => {
    const runs = await refused();
    expect(await done(runs.spool!.aside.drop([first, 'dead/000000000009.payload']))).toEqual([
      first,
    ]);
    expect(runs.disk.names(`${FOLDER}/dead`)).toEqual([
      '000000000002.payload',
      '000000000002.payload.reason',
    ]);
    await runs.restart();
    await runs.drain();
    expect([...runs.stored.keys()]).toEqual(['p2']);
  });

  it('keeps marks and number where the newest of all is removed', async () => {
    const runs = new Runs();
    await runs.start();
    await runs.append(4);
    await runs.refuse('HTTP 400');
    await done(runs.spool!.aside.drop([first]));
    await runs.restart();
    expect(runs.next).toBe(4);
    await runs.append(1);
    expect(runs.disk.names(FOLDER)).toEqual(['000000000001.payload.acked', '000000000002.payload']);
  });

  it('is never retried where it is damaged', async () => {
    const runs = await refused();
    runs.disk.corrupt(`${FOLDER}/${first}`, (data) => data.fill(0, 0, 20));
    expect(await done(runs.spool!.aside.retry([first]))).toEqual([]);
    expect(runs.disk.names(`${FOLDER}/dead`)).toContain('000000000001.payload');
  });

  it('stays where the disk refuses, which is said', async () => {
    const runs = await refused();
    runs.disk.meets = (operation) => (operation === 'rename' ? diskError('EROFS') : null);
    expect(await done(runs.spool!.aside.retry([first]))).toEqual([]);
    expect(runs.news.at(-1)).toMatchObject({ is: 'trouble' });
    runs.disk.meets = () => null;
    expect(await done(runs.spool!.aside.retry([first]))).toEqual([first]);
  });

  it('stands in the ledger as set aside until it waits again, also over a restart in between', async () => {
    const runs = await refused();
    await runs.append(1);
    expect(runs.newest()?.ledger).toMatchObject({ set_aside: 3, unrecorded: 0 });
    await done(runs.spool!.aside.retry([first]));
    // The ledger of the newest header does not know of it yet.
    await runs.restart();
    await runs.drain();
    await runs.append(1);
    expect(runs.newest()?.ledger).toEqual({
      ...{ spooled: 8, delivered: 5, set_aside: 2, dropped: 0, unrecorded: 0 },
    });
  });
});

describe('suspects', () => {
  const suspect = `${FOLDER}/suspect`;
  async function suspected(): Promise<Runs> {
    const runs = new Runs({ maxAgeMs: 7 * DAY_MS });
    await runs.start();
    await runs.append(2);
    await runs.refuse('suspect');
    return runs;
  }

  it('are tried again while the backend must know their ids, and left alone when it need not', async () => {
    const runs = await suspected();
    runs.now = 8 * DAY_MS;
    await runs.retrySuspects();
    expect(runs.offered).toBeNull();
    expect(runs.disk.names(suspect)).toContain('000000000001.payload');
    runs.now = 6 * DAY_MS;
    await runs.retrySuspects();
    expect(runs.offered).toMatchObject({ id: 'p0', suspect: true });
  });

  it('that the backend has already are delivered at their next try, once', async () => {
    const runs = new Runs();
    await runs.start();
    await runs.append(2);
    // It was stored, but its answers were lost.
    await runs.send(true);
    await runs.refuse('suspect');
    await runs.append(1);
    expect(runs.newest()?.ledger).toMatchObject({ spooled: 3, delivered: 0, set_aside: 2 });
    await runs.retrySuspects();
    await runs.drain();
    await runs.append(1);
    expect(runs.newest()?.ledger).toMatchObject({ spooled: 4, delivered: 3, set_aside: 0 });
    await runs.drain();
    expect([...runs.counts().values()]).toEqual([1, 1, 1, 1]);
  });

  it('are still as old as they were when they wait again', async () => {
    const runs = await suspected();
    runs.now = 6 * DAY_MS;
    runs.monotonic = 6 * DAY_MS;
    await runs.append(1);
    await runs.retrySuspects();
    runs.monotonic = 7.5 * DAY_MS;
    await runs.append(1);
    // The one in flight is not evicted, the suspect behind it is.
    expect(runs.gone).toEqual([0, 1]);
  });
});
