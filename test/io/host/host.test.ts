import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { firstValueFrom, forkJoin, lastValueFrom, timer } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type OpenHost, host } from '../../../src/io/host.ts';
import { remoteSpace } from '../../../src/io/host/remoteSpace.ts';
import { needs } from '../../support/needs.ts';

/** A child that never answers, stays without its parent, and says in a file that it lives. */
const hangs = (pidFile: string): string => `
  require('node:fs').appendFileSync(${JSON.stringify(pidFile)}, process.pid + '\\n');
  process.on('message', () => undefined);
  setTimeout(() => undefined, 60_000);
`;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A killed child stays as a zombie until its parent has seen its end.
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
};

const pidsIn = (path: string): number[] =>
  existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean).map(Number) : [];

describe.runIf(needs('Linux', process.platform === 'linux'))('host port', () => {
  let directory: string;
  let port: OpenHost;
  beforeEach(() => {
    directory = mkdtempSync(join(os.tmpdir(), 'host-'));
    port = host();
  });
  afterEach(() => {
    port.close();
    rmSync(directory, { recursive: true, force: true });
  });

  describe('read', () => {
    it('reads files of /proc and leaves out those that do not exist', async () => {
      const paths = ['/proc/loadavg', '/proc/no such file'];
      const texts = await firstValueFrom(port.read(paths));
      expect([...texts.keys()]).toStrictEqual(['/proc/loadavg']);
      expect(texts.get('/proc/loadavg')).toMatch(/^\d+\.\d\d /);
    });

    it('reads anew on the same descriptor', async () => {
      const path = join(directory, 'file');
      writeFileSync(path, 'one');
      expect((await firstValueFrom(port.read([path]))).get(path)).toBe('one');
      writeFileSync(path, 'other');
      const before = openDescriptors();
      expect((await firstValueFrom(port.read([path]))).get(path)).toBe('other');
      expect(openDescriptors()).toBe(before);
    });

    it('reads a file that is longer than its buffer', async () => {
      const path = join(directory, 'long');
      writeFileSync(path, 'x'.repeat(300_000));
      expect((await firstValueFrom(port.read([path]))).get(path)).toHaveLength(300_000);
    });

    it('sees a file that appears, and drops a descriptor that fails', async () => {
      const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
      const path = `/proc/${child.pid ?? 0}/stat`;
      const before = openDescriptors();
      expect((await firstValueFrom(port.read([path]))).has(path)).toBe(true);
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      expect((await firstValueFrom(port.read([path]))).has(path)).toBe(false);
      expect(openDescriptors()).toBeLessThanOrEqual(before);
    });

    it('gives its descriptors back', async () => {
      const before = openDescriptors();
      await firstValueFrom(port.read(['/proc/stat', '/proc/meminfo']));
      expect(openDescriptors()).toBe(before + 2);
      port.close();
      expect(openDescriptors()).toBe(before);
    });
  });

  describe('space', () => {
    it.each([
      ['locally', false],
      ['in a child process', true],
    ])('says what statfs says, asked %s', async (_, remote) => {
      const space = await firstValueFrom(port.space('/proc', remote));
      expect(space).toMatchObject({ blocks: statfsSync('/proc').blocks });
      const { bsize, blocks, files } = statfsSync('/');
      expect(await firstValueFrom(port.space('/', remote))).toMatchObject({
        blockSize: bsize,
        blocks,
        files,
      });
    });

    it.each([false, true])('fails for a mount that does not exist (remote: %s)', async (remote) => {
      await expect(firstValueFrom(port.space('/no/such/mount', remote))).rejects.toMatchObject({
        code: 'ERR_FILE',
        message: expect.stringContaining('/no/such/mount') as string,
      });
    });

    it('asks a local mount that hangs only once, and goes to the child after two of them', async () => {
      const asked: string[] = [];
      const hung = host({ statfs: (path) => asked.push(path) });
      const first = hung.space('/a', false).subscribe();
      await expect(firstValueFrom(hung.space('/a', false))).rejects.toThrow(
        'still does not answer',
      );
      const second = hung.space('/b', false).subscribe();
      first.unsubscribe();
      second.unsubscribe();
      await expect(firstValueFrom(hung.space('/', false))).resolves.toHaveProperty('blocks');
      expect(asked).toStrictEqual(['/a', '/b']);
    });

    it('asks all remote mounts of one moment in one process', async () => {
      const pidFile = join(directory, 'pids');
      const script = `
        require('node:fs').appendFileSync(${JSON.stringify(pidFile)}, process.pid + '\\n');
        const zero = { bsize: '1', blocks: '2', bfree: '1', bavail: '1', files: '0', ffree: '0' };
        process.on('message', (mount) => process.send({ mount, stats: zero }));
      `;
      const space = remoteSpace(script);
      const mounts = ['/a', '/b', '/c'].map((mount) => space.ask(mount));
      expect(await lastValueFrom(forkJoin(mounts))).toHaveLength(3);
      expect(pidsIn(pidFile)).toHaveLength(1);
      await vi.waitFor(() => expect(pidsIn(pidFile).filter(isAlive)).toStrictEqual([]), 10_000);
    });

    it('kills the child on unsubscription; a hung mount is not asked twice meanwhile', async () => {
      const pidFile = join(directory, 'pids');
      const space = remoteSpace(hangs(pidFile));
      const asking = space.ask('/hung').subscribe();
      await vi.waitFor(() => expect(pidsIn(pidFile)).toHaveLength(1), 10_000);
      await expect(firstValueFrom(space.ask('/hung'))).rejects.toThrow('still does not answer');
      asking.unsubscribe();
      // The killed child is not known to be gone yet: the same rule holds.
      await expect(firstValueFrom(space.ask('/hung'))).rejects.toThrow('still does not answer');
      await vi.waitFor(() => expect(pidsIn(pidFile).filter(isAlive)).toStrictEqual([]), 10_000);
      // Once it is gone, the mount is asked again.
      const refused = { error: () => undefined };
      let again = space.ask('/hung').subscribe(refused);
      await vi.waitFor(() => {
        if (again.closed) again = space.ask('/hung').subscribe(refused);
        expect(pidsIn(pidFile)).toHaveLength(2);
      }, 10_000);
      again.unsubscribe();
    });

    it('leaves nothing of the environment to the child', async () => {
      const file = join(directory, 'environment');
      const script = `
        require('node:fs').writeFileSync(${JSON.stringify(file)}, JSON.stringify(process.env));
        process.on('message', (mount) => process.send({ mount, error: 'no' }));
      `;
      vi.stubEnv('SECRET_OF_THE_AGENT', 'hunter2');
      await expect(firstValueFrom(remoteSpace(script).ask('/a'))).rejects.toThrow('/a: no');
      vi.unstubAllEnvs();
      expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')) as object)).not.toContain(
        'SECRET_OF_THE_AGENT',
      );
    });

    it('fails those that wait when the child ends by itself', async () => {
      const space = remoteSpace('process.on("message", () => process.exit(3))');
      await expect(firstValueFrom(space.ask('/a'))).rejects.toThrow('ended');
      await expect(firstValueFrom(space.ask('/a'))).rejects.toThrow('ended');
    });

    it('does not hold up the end of the process', async () => {
      const pidFile = join(directory, 'pids');
      const path = new URL('../../../src/io/host/remoteSpace.ts', import.meta.url).pathname;
      const program = `
        import { existsSync } from 'node:fs';
        import { remoteSpace } from ${JSON.stringify(path)};
        const asking = remoteSpace(${JSON.stringify(hangs(pidFile))}).ask('/hung').subscribe();
        const clock = setInterval(() => {
          if (!existsSync(${JSON.stringify(pidFile)})) return;
          clearInterval(clock);
          asking.unsubscribe();
        }, 10);
      `;
      const parent = spawn(
        process.execPath,
        ['--import', 'tsx', '--input-type=module', '-e', program],
        {
          cwd: new URL('../../..', import.meta.url).pathname,
          stdio: ['ignore', 'ignore', 'inherit'],
        },
      );
      const code = await new Promise((resolve) => parent.once('exit', resolve));
      expect(code).toBe(0);
      await vi.waitFor(() => expect(pidsIn(pidFile).filter(isAlive)).toStrictEqual([]), 10_000);
    });

    it('ends the child when its parent is killed, even while a mount hangs', async () => {
      const pidFile = join(directory, 'pids');
      const path = new URL('../../../src/io/host/remoteSpace.ts', import.meta.url).pathname;
      const script = new URL('../../../src/io/host/spaceScript.ts', import.meta.url).pathname;
      const program = `
        import { remoteSpace } from ${JSON.stringify(path)};
        import { spaceScript } from ${JSON.stringify(script)};
        const says = "require('node:fs').appendFileSync(${JSON.stringify(pidFile).replaceAll('"', "'")}, process.pid + '\\\\n');";
        const never = spaceScript.replace(/statfs\\(mount[^]*?\\n  }\\);/, 'setTimeout(() => undefined, 60000);');
        remoteSpace(says + never).ask('/hung').subscribe();
      `;
      const parent = spawn(
        process.execPath,
        ['--import', 'tsx', '--input-type=module', '-e', program],
        {
          cwd: new URL('../../..', import.meta.url).pathname,
          stdio: ['ignore', 'ignore', 'inherit'],
        },
      );
      await vi.waitFor(() => expect(pidsIn(pidFile).filter(isAlive)).toHaveLength(1), 10_000);
      parent.kill('SIGKILL');
      await vi.waitFor(() => expect(pidsIn(pidFile).filter(isAlive)).toStrictEqual([]), 10_000);
    });
  });

  it('says the device of a path', async () => {
    expect(await firstValueFrom(port.device('/'))).toBe(statSync('/').dev);
    await expect(firstValueFrom(port.device('/no/such/path'))).rejects.toThrow('/no/such/path');
  });

  it('says the facts of the host', async () => {
    expect(await firstValueFrom(port.facts())).toStrictEqual({
      hostname: os.hostname(),
      platform: expect.stringMatching(/\w/) as string,
      kernel: os.release(),
      architecture: os.arch(),
      cpuModel: os.cpus()[0]?.model.trim() ?? null,
      cpuCount: os.cpus().length,
      memoryBytes: os.totalmem(),
      nodeVersion: process.version,
    });
  });

  it('says what this process uses, and the delay of the event loop since the last reading', async () => {
    const first = await firstValueFrom(port.process());
    expect(first.eventLoopDelayP99Ms).toBeNull();
    expect(first.residentBytes).toBeGreaterThan(first.heapUsedBytes);
    expect(first.cpuUserMs).toBeGreaterThan(0);
    await firstValueFrom(timer(100));
    // By processor time, not by the clock: a busy machine may hold this process up.
    const start = process.cpuUsage();
    while (process.cpuUsage(start).user < 120_000);
    await firstValueFrom(timer(60));
    const second = await firstValueFrom(port.process());
    expect(second.cpuUserMs - first.cpuUserMs).toBeGreaterThan(50);
    expect(second.eventLoopDelayP99Ms).toBeGreaterThan(60);
  });
});

function openDescriptors(): number {
  let count = 0;
  for (let fd = 0; fd < 1024; fd++) if (existsSync(`/proc/self/fd/${fd}`)) count++;
  return count;
}
