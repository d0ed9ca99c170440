import { execFile, execFileSync } from 'node:child_process';
import { chmod, lstat, mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import {
  NEVER,
  Subject,
  concat,
  firstValueFrom,
  lastValueFrom,
  of,
  take,
  takeUntil,
  toArray,
} from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { FileError } from '../../../src/errors.ts';
import { attach } from '../../../src/io/tapSocket/attach.ts';
import type { LazyLine } from '../../../src/io/tapSocket/reader.ts';
import { eventually } from '../../support/openServer.ts';
import { line, tapListening } from '../../support/tapListening.ts';

const { folder, path, listening, isThere } = tapListening();
const over$ = new Subject<void>();
const openFiles = async (): Promise<number> => (await readdir('/proc/self/fd')).length;

describe('the socket of taps', () => {
  it('answers each request with its lines, and ends', async () => {
    listening((request) => of(line(`you said ${request}`), line('bye')));
    await isThere();
    const answer = await lastValueFrom(attach(path(), 'hello').pipe(toArray()));
    expect(answer).toEqual([
      { is: 'line', text: 'you said hello' },
      { is: 'line', text: 'bye' },
    ]);
  });

  it('may rest as long as it likes once its answer began', async () => {
    listening(() => concat(of(line('hello')), NEVER));
    await isThere();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const seen: unknown[] = [];
      await new Promise((resolve) => {
        attach(path(), 'x')
          .pipe(takeUntil(over$))
          .subscribe({ next: resolve, error: (error: unknown) => seen.push(error) });
      });
      vi.advanceTimersByTime(3_600_000);
      expect(seen).toEqual([]);
    } finally {
      over$.next();
      vi.useRealTimers();
    }
  });

  it('is its owner’s alone, in a directory that is its owner’s alone, from the first moment', async () => {
    const mask = process.umask(0);
    try {
      listening(() => NEVER);
      await isThere();
      expect((await lstat(path())).mode & 0o777).toBe(0o600);
      expect((await lstat(join(folder(), 'state'))).mode & 0o777).toBe(0o700);
      expect(process.umask(0)).toBe(0);
    } finally {
      process.umask(mask);
    }
  });

  it('is removed at the end', async () => {
    const { close } = listening(() => NEVER);
    await isThere();
    close();
    await eventually(() => expect(lstat(path())).rejects.toThrow('ENOENT'));
    expect(await firstValueFrom(attach(path(), ''))).toEqual({ is: 'nobody' });
  });

  it('replaces what a killed process left', async () => {
    await mkdir(join(folder(), 'state'));
    const script = `require('net').createServer().listen(${JSON.stringify(path())}, () => process.kill(process.pid, 'SIGKILL'))`;
    await new Promise((resolve) => execFile(process.execPath, ['-e', script], resolve));
    expect((await lstat(path())).isSocket()).toBe(true);
    expect(await firstValueFrom(attach(path(), ''))).toEqual({ is: 'nobody' });
    listening(() => of(line('new')));
    await eventually(async () =>
      expect(await firstValueFrom(attach(path(), ''))).toEqual({ is: 'line', text: 'new' }),
    );
  });

  it('takes no socket from a process that lives, and no file for a socket', async () => {
    listening(() => of(line('first')));
    await isThere();
    const second = listening(() => of(line('second')));
    await eventually(() => expect(second.ended.error).toBeInstanceOf(FileError));
    expect(String(second.ended.error)).toContain('another process listens');
    expect(await firstValueFrom(attach(path(), ''))).toEqual({ is: 'line', text: 'first' });
    const file = join(folder(), 'file');
    await writeFile(file, 'precious');
    const third = listening(() => NEVER, { at: file });
    await eventually(() => expect(String(third.ended.error)).toContain('is no socket'));
  });

  it('long socket path: refused before the system cuts it, nothing is made elsewhere', async () => {
    const long = join(folder(), 'x'.repeat(101));
    const { ended } = listening(() => NEVER, { at: long });
    await eventually(() => expect(String(ended.error)).toContain('100'));
    expect(await readdir(folder())).toEqual([]);
    const found = await firstValueFrom(attach(long, ''));
    expect(found).toMatchObject({
      is: 'nobody',
      problem: expect.stringContaining('100') as string,
    });
  });

  it('never reads as nobody where this user may not attach', async () => {
    const blocked = join(folder(), 'blocked');
    const server = createServer().listen(blocked);
    await eventually(() => lstat(blocked));
    await chmod(blocked, 0);
    try {
      if (process.getuid?.() !== 0) {
        await expect(firstValueFrom(attach(blocked, ''))).rejects.toThrow(FileError);
        return;
      }
      // Root may everything: another user asks.
      await chmod(folder(), 0o755);
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
    const attachAndDetach = (): Promise<unknown> =>
      firstValueFrom(attach(path(), 'x').pipe(take(1)));
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
      lastValueFrom(attach(path(), 'x').pipe(toArray())),
    );
    await eventually(() => expect(asked).toBe(10));
    for (let n = 0; n < 100; n++) source$.next(line(`line ${n}`));
    source$.complete();
    for (const answer of answers) expect(await answer).toHaveLength(100);
  });
});
