import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Holder, readHolder, startTimeOf, thisProcess } from '../../../src/io/lock/holder.ts';
import { standingOf } from '../../../src/io/lock/staleness.ts';
import { takeStateLock } from '../../../src/io/lock/stateLock.ts';
import { eventually } from '../../support/openServer.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'));
  path = join(folder, 'lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Leaves a lock that somebody else holds or held. */
async function leave(holder: Partial<Holder>, ageMs = 0): Promise<void> {
  await writeFile(path, `${JSON.stringify({ ...(await thisProcess()), ...holder })}\n`);
  const then = new Date(Date.now() - ageMs);
  await utimes(path, then, then);
}
const holderNow = async (): Promise<Holder | null> => readHolder(await readFile(path, 'utf8'));

describe('takeStateLock', () => {
  it('is taken once: a second one is refused and told who holds it', async () => {
    const lock = await takeStateLock(path);
    expect(lock.uncleanSince).toBeNull();
    await expect(takeStateLock(path)).rejects.toThrow(`process ${process.pid} on `);
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
    await (await takeStateLock(path)).release();
  });

  it('refuses while another process of this host holds it', async () => {
    const parent = process.ppid;
    await leave({ pid: parent, startTime: (await startTimeOf(parent)) ?? '' });
    await expect(takeStateLock(path)).rejects.toThrow(`process ${parent}`);
  });

  it('pid reused: a process that began at another time is not the holder', async () => {
    await leave({ pid: process.ppid, startTime: '1' }, 5_000);
    const lock = await takeStateLock(path);
    expect(lock.uncleanSince).toBeLessThan(Date.now() - 4_000);
    expect((await holderNow())?.pid).toBe(process.pid);
    await lock.release();
  });

  it('takes over from a process that has ended and that nobody has reaped', async () => {
    // The shell becomes a program that asks for no child: this one stays a zombie for as long.
    const shell = spawn('sh', ['-c', 'sleep 2 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const [text] = (await once(shell.stdout, 'data')) as [Buffer];
      const pid = Number(text.toString());
      const startTime = await startTimeOf(pid);
      expect(startTime).toMatch(/^\d+$/);
      await leave({ pid, startTime: startTime ?? '' });
      await eventually(async () => {
        expect(await readFile(`/proc/${pid}/stat`, 'utf8')).toContain(') Z ');
      });
      const lock = await takeStateLock(path);
      expect(lock.uncleanSince).not.toBeNull();
      await lock.release();
    } finally {
      shell.kill('SIGKILL');
    }
  });

  it('takes over from before a boot, and what a process of its own left behind', async () => {
    await leave({ bootId: 'another boot' });
    const lock = await takeStateLock(path);
    lock.abandon();
    const again = await takeStateLock(path);
    expect(again.uncleanSince).not.toBeNull();
    await again.release();
  });

  it('pid 1 in two containers: the other one runs as long as it shows signs of life', async () => {
    await leave({ pid: 1, pidNamespace: 'pid:[1]' });
    const signs = setInterval(() => {
      const now = new Date();
      void utimes(path, now, now);
    }, 20);
    await expect(takeStateLock(path, { silenceMs: 1_000 })).rejects.toThrow('process 1 on');
    clearInterval(signs);
    const lock = await takeStateLock(path, { silenceMs: 200 });
    expect((await holderNow())?.pid).toBe(process.pid);
    await lock.release();
  });

  it('leaves no lock behind that somebody else took over', async () => {
    const lock = await takeStateLock(path);
    await leave({ pid: 4711 });
    await lock.release();
    expect((await holderNow())?.pid).toBe(4711);
  });

  it('takes over what is no lock at all', async () => {
    await writeFile(path, 'nonsense');
    await (await takeStateLock(path)).release();
  });

  it('says what to do where the folder cannot be written', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(takeStateLock(join(folder, 'file', 'lock'))).rejects.toThrow('must belong to');
  });
});

describe('standingOf', () => {
  const self: Holder = { pid: 7, startTime: '70', bootId: 'b', pidNamespace: 'n', host: 'h' };
  const running = (startTime: string | null) => () => Promise.resolve(startTime);

  it('compares boot, namespace and start time', async () => {
    expect(await standingOf({ ...self, bootId: 'c' }, self, running('70'))).toBe('gone');
    expect(await standingOf({ ...self, pidNamespace: 'm' }, self, running('70'))).toBe('unseen');
    expect(await standingOf(self, self, running('70'))).toBe('runs');
    expect(await standingOf(self, self, running('71'))).toBe('gone');
    expect(await standingOf(self, self, running(null))).toBe('gone');
  });
});
