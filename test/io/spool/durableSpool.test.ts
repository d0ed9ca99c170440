import { describe, expect, it } from 'vitest';
import { payloadOf } from './payloads.ts';
import { FOLDER, Runs, quiet } from './runs.ts';

describe('durableSpool and its files', () => {
  it('keeps the two newest headers until there are newer ones', async () => {
    const runs = new Runs();
    await runs.start();
    await runs.append(2);
    await runs.drain();
    expect(runs.disk.names(FOLDER)).toEqual(['000000000001.payload.acked']);
    await runs.restart();
    expect(runs.next).toBe(2);
    expect(runs.offered).toBeNull();
    await runs.append(1);
    expect(runs.disk.names(FOLDER)).toEqual(['000000000001.payload.acked', '000000000002.payload']);
    await runs.restart();
    await runs.append(1);
    expect(runs.disk.names(FOLDER)).toEqual(['000000000002.payload', '000000000003.payload']);
    await runs.drain();
    expect(runs.disk.names(FOLDER)).toEqual([
      '000000000002.payload.acked',
      '000000000003.payload.acked',
    ]);
  });

  it('goes on behind the highest number ever used, over all folders', async () => {
    const runs = new Runs();
    await runs.start();
    await runs.append(1);
    await runs.refuse('HTTP 422');
    await runs.restart();
    await runs.append(1);
    expect(runs.disk.names(FOLDER)).toEqual(['000000000002.payload']);
    expect(runs.disk.names(`${FOLDER}/dead`)).toEqual([
      '000000000001.payload',
      '000000000001.payload.reason',
    ]);
  });

  it('writes the halves and removes the whole before a half is offered', async () => {
    const runs = new Runs();
    await runs.start();
    await runs.append(4);
    await runs.append(1);
    await runs.split();
    expect(runs.disk.names(FOLDER).sort()).toEqual([
      '000000000001-0.payload',
      '000000000001-1.payload',
      '000000000002.payload',
    ]);
    expect(runs.offered?.id).toBe('p0.0');
    await runs.drain();
    expect([...runs.stored.keys()]).toEqual(['p0.0', 'p0.1', 'p1']);
  });

  it('tries suspects again, one attempt each', async () => {
    const runs = new Runs();
    await runs.start();
    await runs.append(2);
    await runs.refuse('suspect');
    await runs.append(1);
    await runs.send();
    expect(runs.disk.names(`${FOLDER}/suspect`)).toContain('000000000001.payload');
    await runs.retrySuspects();
    expect(runs.news.at(-1)).toEqual({ is: 'retried', counts: { pg_log: 2 } });
    expect(runs.offered).toMatchObject({ id: 'p0', suspect: true });
    await runs.send();
    expect(runs.counts().size).toBe(3);
  });
});

describe('cloned state directory', () => {
  it('sets aside what another machine made, goes on at its marks, and says so', async () => {
    const runs = new Runs();
    await runs.start();
    for (const lines of [2, 3]) await runs.append(lines);
    await runs.send();
    runs.machine = 'there';
    await runs.restart();
    expect(runs.offered).toBeNull();
    expect(runs.spool?.recovered).toEqual({});
    expect(runs.next).toBe(5);
    expect(runs.news.at(-1)).toEqual({
      is: 'notice',
      message: expect.stringContaining('1 payload of another machine') as string,
    });
    expect(runs.disk.names(`${FOLDER}/dead`)).toContain('000000000002.payload');
    await runs.append(1);
    expect(runs.newest()).toMatchObject({
      sequence: 3,
      machine: 'there',
      ledger: { spooled: 6, unrecorded: 2, set_aside: 3 },
    });
    await runs.restart();
    await runs.drain();
    expect(runs.stored.get('p2')).toEqual([5]);
    // An operator who moved a disk, and copied nothing, gets it all.
    runs.spool!.aside.retry(['dead/000000000002.payload']).subscribe();
    await runs.drain();
    expect(runs.counts().size).toBe(6);
  });

  it('is none where one of the machines cannot be told', async () => {
    const runs = new Runs();
    runs.machine = null;
    await runs.start();
    await runs.append(2);
    runs.machine = 'here';
    await runs.restart();
    await runs.append(1);
    runs.machine = null;
    await runs.restart();
    await runs.drain();
    expect(runs.counts().size).toBe(3);
  });
});

describe('the end of a spool', () => {
  it('is not empty to who waits for that after the last append', async () => {
    const runs = new Runs();
    await runs.start();
    const spool = runs.spool!;
    let waiting = -1;
    let seen = -1;
    spool.waiting$.subscribe((count) => (waiting = count));
    spool.append(payloadOf('x', [0], 1)).subscribe({ complete: () => (seen = waiting) });
    await quiet();
    expect(seen).toBe(1);
  });
});
