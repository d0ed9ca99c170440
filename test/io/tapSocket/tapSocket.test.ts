import { execFile, execFileSync } from 'node:child_process';
import { chmod, lstat, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  NEVER,
  type Observable,
  Subject,
  type Subscription,
  concat,
  firstValueFrom,
  lastValueFrom,
  of,
  range,
  map,
  take,
  toArray,
} from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileError } from '../../../src/errors.ts';
import { attach } from '../../../src/io/tapSocket/attach.ts';
import { listen } from '../../../src/io/tapSocket/listen.ts';
import type { LazyLine } from '../../../src/io/tapSocket/reader.ts';
import { eventually } from '../../support/openServer.ts';

let folder: string;
let path: string;
const open: Subscription[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tap-'));
  path = join(folder, 'state', 'tap.sock');
});
afterEach(async () => {
  for (const subscription of open.splice(0)) subscription.unsubscribe();
  await rm(folder, { recursive: true });
});

const line = (text: string): LazyLine => ({ bytes: text.length, text: () => text });

/** Listens until the test ends; what it ended with otherwise. */
function listening(serve: (request: string) => Observable<LazyLine>, at = path, whole = false) {
  const ended: { error?: unknown } = {};
  const skipped = (count: number): string => `skipped ${count}`;
  const subscription = listen({
    path: at,
    serve: (request) => ({ lines$: serve(request), whole }),
    skipped,
  }).subscribe({
    error: (error: unknown) => (ended.error = error),
  });
  open.push(subscription);
  return { ended, close: () => subscription.unsubscribe() };
}
const isThere = (): Promise<unknown> =>
  eventually(async () => {
    expect((await lstat(path)).isSocket()).toBe(true);
  });
const openFiles = async (): Promise<number> => (await readdir('/proc/self/fd')).length;

describe('the socket of taps', () => {
  it('answers each request with its lines, and ends', async () => {
    listening((request) => of(line(`you said ${request}`), line('bye')));
    await isThere();
    const answer = await lastValueFrom(attach(path, 'hello').pipe(toArray()));
    expect(answer).toEqual([
      { is: 'line', text: 'you said hello' },
      { is: 'line', text: 'bye' },
    ]);
  });

  it('is its owner’s alone, in a directory that is its owner’s alone, from the first moment', async () => {
    const mask = process.umask(0);
    try {
      listening(() => NEVER);
      await isThere();
      expect((await lstat(path)).mode & 0o777).toBe(0o600);
      expect((await lstat(join(folder, 'state'))).mode & 0o777).toBe(0o700);
      expect(process.umask(0)).toBe(0);
    } finally {
      process.umask(mask);
    }
  });

  it('is removed at the end', async () => {
    const { close } = listening(() => NEVER);
    await isThere();
    close();
    await eventually(() => expect(lstat(path)).rejects.toThrow('ENOENT'));
    expect(await firstValueFrom(attach(path, ''))).toEqual({ is: 'nobody' });
  });

  it('replaces what a killed process left', async () => {
    const script = `require('net').createServer().listen(${JSON.stringify(join(folder, 'tap.sock'))}, () => process.kill(process.pid, 'SIGKILL'))`;
    path = join(folder, 'tap.sock');
    await new Promise((resolve) => execFile(process.execPath, ['-e', script], resolve));
    expect((await lstat(path)).isSocket()).toBe(true);
    expect(await firstValueFrom(attach(path, ''))).toEqual({ is: 'nobody' });
    listening(() => of(line('new')));
    await eventually(async () =>
      expect(await firstValueFrom(attach(path, ''))).toEqual({ is: 'line', text: 'new' }),
    );
  });

  it('takes no socket from a process that lives, and no file for a socket', async () => {
    listening(() => of(line('first')));
    await isThere();
    const second = listening(() => of(line('second')));
    await eventually(() => expect(second.ended.error).toBeInstanceOf(FileError));
    expect(String(second.ended.error)).toContain('another process listens');
    expect(await firstValueFrom(attach(path, ''))).toEqual({ is: 'line', text: 'first' });
    const file = join(folder, 'file');
    await writeFile(file, 'precious');
    const third = listening(() => NEVER, file);
    await eventually(() => expect(String(third.ended.error)).toContain('is no socket'));
  });

  it('refuses a path that the system would cut, and makes nothing elsewhere', async () => {
    const long = join(folder, 'x'.repeat(101));
    const { ended } = listening(() => NEVER, long);
    await eventually(() => expect(String(ended.error)).toContain('100'));
    expect(await readdir(folder)).toEqual([]);
    expect(await firstValueFrom(attach(long, ''))).toEqual({ is: 'nobody' });
  });

  it('never reads as nobody where this user may not attach', async () => {
    const blocked = join(folder, 'blocked');
    const server = createServer().listen(blocked);
    await eventually(() => lstat(blocked));
    await chmod(blocked, 0);
    try {
      if (process.getuid?.() !== 0) {
        await expect(firstValueFrom(attach(blocked, ''))).rejects.toThrow(FileError);
        return;
      }
      // Root may everything: another user asks.
      await chmod(folder, 0o755);
      const ask = `require('net').connect(${JSON.stringify(blocked)}).on('error', (e) => console.log(e.code))`;
      const code = execFileSync(process.execPath, ['-e', ask], {
        uid: 65_534,
        gid: 65_534,
        cwd: '/',
      });
      expect(code.toString().trim()).toBe('EACCES');
    } finally {
      server.close();
    }
  });

  it('ends the work for a reader that goes away, a thousand times, and leaks nothing', async () => {
    let working = 0;
    const source$ = new Subject<LazyLine>();
    listening(() => {
      working++;
      return concat(of(line('hello')), source$);
    });
    await isThere();
    const attachAndDetach = (): Promise<unknown> => firstValueFrom(attach(path, 'x').pipe(take(1)));
    for (let n = 0; n < 50; n++) await attachAndDetach();
    await eventually(() => expect(source$.observed).toBe(false));
    const before = await openFiles();
    for (let n = 0; n < 1_000; n++) await attachAndDetach();
    expect(working).toBe(1_050);
    await eventually(async () => {
      expect(source$.observed).toBe(false);
      expect(await openFiles()).toBeLessThanOrEqual(before);
    });
  });

  it('gives ten readers the same lines at once', async () => {
    const source$ = new Subject<LazyLine>();
    let asked = 0;
    listening(() => {
      asked++;
      return source$;
    });
    await isThere();
    const answers = Array.from({ length: 10 }, () =>
      lastValueFrom(attach(path, 'x').pipe(toArray())),
    );
    await eventually(() => expect(asked).toBe(10));
    for (let n = 0; n < 100; n++) source$.next(line(`line ${n}`));
    source$.complete();
    for (const answer of answers) expect(await answer).toHaveLength(100);
  });

  it('drops the oldest before a reader that does not read, says how many, and goes on', async () => {
    const source$ = new Subject<LazyLine>();
    listening(() => source$);
    await isThere();
    const text = 'x'.repeat(100_000);
    const seen: string[] = [];
    // A reader in this process that is paused from the start.
    const { connect } = await import('node:net');
    const socket = connect(path);
    socket.write('request\n');
    await eventually(() => expect(source$.observed).toBe(true));
    const started = performance.now();
    for (let n = 0; n < 200; n++) source$.next(line(`${n} ${text}`));
    expect(performance.now() - started).toBeLessThan(500);
    source$.complete();
    let rest = '';
    socket.on('data', (chunk) => (rest += chunk.toString()));
    await new Promise((resolve) => socket.on('close', resolve));
    for (const one of rest.trimEnd().split('\n')) seen.push(one.slice(0, 14).trim());
    const lost = Number(/skipped (\d+)/.exec(rest)?.[1]);
    expect(lost).toBeGreaterThan(100);
    expect(seen).toHaveLength(201 - lost);
    expect(seen.at(-1)).toMatch(/^199 /);
  });

  it('gives a reader that must have all of it no more where it is too slow, and ends the work for it', async () => {
    const source$ = new Subject<LazyLine>();
    listening(() => source$, path, true);
    await isThere();
    const { connect } = await import('node:net');
    const socket = connect(path);
    socket.write('request\n');
    await eventually(() => expect(source$.observed).toBe(true));
    const text = 'x'.repeat(100_000);
    for (let n = 0; n < 200; n++) source$.next(line(`${n} ${text}`));
    expect(source$.observed).toBe(false);
    let rest = '';
    socket.on('data', (chunk) => (rest += chunk.toString()));
    await new Promise((resolve) => socket.on('close', resolve));
    const seen = rest.trimEnd().split('\n');
    expect(seen.at(-1)).toMatch(/^skipped \d+$/);
    expect(seen.slice(0, -1).map((one) => Number(one.split(' ')[0]))).toEqual(
      seen.slice(0, -1).map((_, n) => n),
    );
  });

  it('gives a line that is longer than what may wait', async () => {
    listening(() => of(line('x'.repeat(3_000_000)), line('y')));
    await isThere();
    const answer = await lastValueFrom(attach(path, 'x').pipe(toArray()));
    expect(answer.at(-1)).toEqual({ is: 'line', text: 'y' });
  });

  it('costs no text for what is skipped', async () => {
    let written = 0;
    listening(() =>
      range(0, 10_000).pipe(map((n) => ({ bytes: 10_000, text: () => `${++written} ${n}` }))),
    );
    await isThere();
    const answer = await lastValueFrom(attach(path, 'x').pipe(toArray()));
    expect(answer).toHaveLength(written + 1);
    expect(written).toBeLessThan(500);
  });
});
