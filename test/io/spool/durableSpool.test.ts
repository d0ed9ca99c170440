import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { type Subscription, firstValueFrom } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { durableSpool } from '../../../src/io/spool/durableSpool.ts';
import type { Spool, SpoolNews } from '../../../src/ports.ts';
import type { Payload } from '../../../src/schema/payload.ts';
import { diskError } from './fakeDisk.ts';
import { FOLDER, Runs, payloadOf, quiet } from './runs.ts';

/** Meets the first operation of a kind (on a path) with a fault, `times` times. */
function failing(
  runs: Runs,
  kind: string,
  code: string,
  { times = Infinity, path = '' }: { times?: number; path?: string } = {},
): void {
  let left = times;
  runs.disk.meets = (operation, where) =>
    operation === kind && where.includes(path) && left-- > 0 ? diskError(code) : null;
}

const troubles = (news: readonly SpoolNews[]): string[] =>
  news.flatMap((each) => (each.is === 'trouble' ? [each.message] : []));
const notices = (news: readonly SpoolNews[]): string[] =>
  news.flatMap((each) => (each.is === 'notice' ? [each.message] : []));

describe('durableSpool on a disk that fails', () => {
  it('kill between spool and commit doubles nothing', async () => {
    const runs = new Runs();
    await runs.start();
    let crashed = false;
    runs.disk.meets = (operation) => {
      if (operation !== 'syncFolder' || crashed) return null;
      crashed = true;
      return { crash: true, done: false };
    };
    await runs.append(3);
    expect(runs.spool).toBeNull();
    await runs.start();
    // The payload was renamed: its lines are there, and the source goes on behind them.
    expect(runs.next).toBe(3);
    await runs.append(2);
    await runs.drain();
    expect([...runs.counts().entries()]).toEqual([0, 1, 2, 3, 4].map((line) => [line, 1]));
  });

  it('fsync EIO rewrites: what failed to sync is never synced again', async () => {
    const runs = new Runs();
    await runs.start();
    failing(runs, 'sync', 'EIO', { times: 1 });
    await runs.append(2);
    expect(runs.appending).toBe(true);
    expect(troubles(runs.news)).toHaveLength(1);
    await runs.wake();
    expect(runs.appending).toBe(false);
    expect(runs.news.at(-1)).toEqual({ is: 'settled' });
    // The fake disk lies about a second sync of the same file: after a loss of power it would be garbage.
    runs.disk.losePower(0);
    runs.died();
    await runs.start();
    await runs.drain();
    expect([...runs.counts().keys()]).toEqual([0, 1]);
  });

  it('full disk: acknowledging still drains, and writing goes on when there is room', async () => {
    const runs = new Runs();
    await runs.start();
    for (const lines of [2, 2, 2]) await runs.append(lines);
    runs.disk.capacity = runs.disk.used();
    await runs.append(4);
    expect(runs.appending).toBe(true);
    await runs.send();
    await runs.send();
    await runs.send();
    expect(runs.counts().size).toBe(6);
    await runs.wake();
    expect(runs.appending).toBe(false);
    runs.disk.capacity = Infinity;
    await runs.drain();
    expect(runs.counts().size).toBe(10);
    expect(troubles(runs.news)[0]).toContain('ENOSPC');
  });

  it('runs on in a folder that became read-only, says so, and recovers', async () => {
    const runs = new Runs();
    await runs.start();
    await runs.append(1);
    runs.disk.meets = (operation) =>
      ['create', 'rename', 'remove'].includes(operation) ? diskError('EROFS') : null;
    await runs.send();
    await runs.append(1);
    expect(runs.offered).toBeNull();
    expect(troubles(runs.news).some((text) => text.includes('EROFS'))).toBe(true);
    runs.disk.meets = () => null;
    await runs.wake();
    await runs.drain();
    await runs.restart();
    expect(runs.offered).toBeNull();
    expect(runs.counts().size).toBe(2);
  });

  it('newest header damaged: marks fall back, overlap reported', async () => {
    const runs = new Runs();
    await runs.start();
    await runs.append(2);
    await runs.append(2);
    runs.disk.corrupt(`${FOLDER}/000000000002.payload`, (data) => {
      data[5] = data[5]! ^ 1;
      return data;
    });
    await runs.restart();
    expect(runs.next).toBe(2);
    expect(notices(runs.news)).toEqual([
      '1 damaged payload in the spool, set aside in spool/damaged',
      expect.stringContaining('entries may come twice'),
    ]);
    expect(runs.disk.names(`${FOLDER}/damaged`)).toEqual(['000000000002.payload']);
    // Its number is never used again.
    await runs.append(1);
    expect(runs.disk.names(FOLDER)).toContain('000000000003.payload');
  });

  it('costs a payload alone that lost its end, and counts it', async () => {
    const runs = new Runs();
    await runs.start();
    for (const lines of [1, 2, 3]) await runs.append(lines);
    runs.disk.corrupt(`${FOLDER}/000000000002.payload`, (data) => data.subarray(0, -7));
    await runs.restart();
    expect(runs.spool?.recovered).toEqual({ pg_log: 6 });
    await runs.drain();
    expect(runs.gone).toEqual([1, 2]);
    expect([...runs.counts().keys()]).toEqual([0, 3, 4, 5]);
  });

  it('costs a payload alone whose body was changed', async () => {
    const runs = new Runs();
    await runs.start();
    for (const lines of [1, 2, 3]) await runs.append(lines);
    runs.disk.corrupt(`${FOLDER}/000000000001.payload`, (data) => {
      data[data.length - 1] = 65;
      return data;
    });
    await runs.restart();
    await runs.drain();
    expect(runs.gone).toEqual([0]);
    expect([...runs.counts().keys()]).toEqual([1, 2, 3, 4, 5]);
    expect(runs.disk.names(`${FOLDER}/damaged`)).toContain('000000000001.payload');
  });

  it('keeps the newest header until there is a newer one', async () => {
    const runs = new Runs();
    await runs.start();
    await runs.append(2);
    await runs.drain();
    expect(runs.disk.names(FOLDER)).toEqual(['000000000001.payload.acked']);
    await runs.restart();
    expect(runs.next).toBe(2);
    expect(runs.offered).toBeNull();
    await runs.append(1);
    expect(runs.disk.names(FOLDER)).toEqual(['000000000002.payload']);
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
    runs.spool!.pressure$!.subscribe((pressed) => told.push(pressed));
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

describe('durableSpool on a real disk', () => {
  let folder: string;
  const open: Subscription[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'spool-'));
  });
  afterEach(async () => {
    for (const subscription of open.splice(0)) subscription.unsubscribe();
    await rm(folder, { recursive: true, force: true });
  });
  const bounds = { maxBytes: 1e9, maxFiles: 100, maxAgeMs: 1e9, minFreeBytes: 0 };
  function opened(): Promise<Spool> {
    return new Promise((resolve, reject) => {
      const spool$ = durableSpool({ folder: join(folder, 'spool'), bounds });
      open.push(spool$.subscribe({ next: resolve, error: reject }));
    });
  }
  const payload = (id: string): Payload => {
    const raw = `{"collector_id":"c","hostname":"h","metrics_count":1,"metrics":[{"type":"pg_log","id":"${id}"}]}`;
    const body = gzipSync(raw);
    const header = {
      ...{ id, collectorId: 'c', counts: { pg_log: 1 }, seqs: [0, 0] as const },
      ...{ rawBytes: raw.length, bytes: body.length, createdAt: new Date().toISOString() },
      marks: { 'main/pg_log': { fileId: 'f', offset: 7 } },
    };
    return { header, body };
  };

  it('writes files that head and zcat can show, for their owner alone', async () => {
    const spool = await opened();
    await firstValueFrom(spool.append(payload('a')));
    const path = join(folder, 'spool', '000000000001.payload');
    const shell = (script: string): string =>
      execFileSync('sh', ['-c', script, 'sh', path], { encoding: 'utf8' });
    expect(JSON.parse(shell('head -1 "$1"'))).toMatchObject({
      format: 1,
      sequence: 1,
      id: 'a',
      counts: { pg_log: 1 },
      ledger: { spooled: 1, delivered: 0 },
    });
    expect(JSON.parse(shell('tail -n +2 "$1" | zcat'))).toMatchObject({ metrics_count: 1 });
    expect(shell('ls -l "$1"')).toMatch(/^-rw-------/);
    expect(shell('ls -ld "$(dirname "$1")"')).toMatch(/^drwx------/);
  });

  it('goes on where the process before ended, and removes what that left unfinished', async () => {
    const first = await opened();
    for (const id of ['a', 'b']) await firstValueFrom(first.append(payload(id)));
    open[0]!.unsubscribe();
    await writeFile(join(folder, 'spool', '000000000003.payload.tmp'), 'half');
    const second = await opened();
    expect(second.recovered).toEqual({ pg_log: 2 });
    expect(second.marks).toEqual({ 'main/pg_log': { fileId: 'f', offset: 7 } });
    const header = await firstValueFrom(second.entries$);
    expect(header.id).toBe('a');
    const read = await firstValueFrom(second.read(header));
    expect(Buffer.from(read.body).equals(payload('a').body)).toBe(true);
    expect((await readdir(join(folder, 'spool'))).filter((name) => name.endsWith('.tmp'))).toEqual(
      [],
    );
  });

  it('reads no body at the start: many payloads are found in a moment', async () => {
    const first = await opened();
    await firstValueFrom(first.append(payload('a')));
    open[0]!.unsubscribe();
    const path = join(folder, 'spool', '000000000001.payload');
    const file = await readFile(path);
    for (let i = 2; i <= 2_000; i++) {
      await writeFile(join(folder, 'spool', `${String(i).padStart(12, '0')}.payload`), file);
    }
    const begun = performance.now();
    const second = await opened();
    expect(second.recovered).toEqual({ pg_log: 2_000 });
    expect(performance.now() - begun).toBeLessThan(5_000);
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
