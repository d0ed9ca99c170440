import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { type Subscription, firstValueFrom } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { durableSpool } from '../../../src/io/spool/durableSpool.ts';
import type { Spool } from '../../../src/ports/spool.ts';
import type { Payload } from '../../../src/schema/payload.ts';

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
