import { statfsSync } from 'node:fs';
import {
  NEVER,
  type Observable,
  asyncScheduler,
  finalize,
  lastValueFrom,
  map,
  of,
  take,
  throwError,
  timer,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { host } from '../../../src/io/host.ts';
import type { FileSystemSpace } from '../../../src/ports/host.ts';
import { codec } from '../../../src/schema/codec.ts';
import { diskUsage } from '../../../src/sources/disk_usage/disk_usage.ts';
import type { Sample } from '../../../src/sources/source.ts';
import { fakeHost, filesOf, hostContext } from '../../support/hostContext.ts';
import { marbles } from '../../support/marbles.ts';
import { needs } from '../../support/needs.ts';

const check = codec(diskUsage.metrics[0]!);
const mounts = {
  '/proc/self/mountinfo': `1 0 8:1 / / rw - ext4 /dev/sda1 rw
2 1 8:2 / /db rw - xfs /dev/sdb rw
3 1 0:50 / /nfs/a rw - nfs4 a:/ rw
4 1 0:51 / /nfs/hung rw - nfs4 b:/ rw
5 1 0:52 / /nfs/hung2 rw - nfs4 c:/ rw
6 1 0:53 / /run rw - tmpfs tmpfs rw
`,
};
const space: FileSystemSpace = {
  blockSize: 4096,
  blocks: 100,
  blocksFree: 50,
  blocksAvailable: 50,
  files: 10,
  filesFree: 5,
};
function files(paths: readonly string[]): Observable<ReadonlyMap<string, string>> {
  return filesOf(mounts)(paths);
}

function answered(): Observable<FileSystemSpace> {
  return timer(10).pipe(map(() => space));
}

/** The mounts of each metric, and those that are missing. */
function seen(source: Observable<Sample>): Observable<string> {
  return source.pipe(
    map(({ metric }) => {
      expect(check(metric)).toHaveProperty('json');
      const { filesystems, missing } = metric as unknown as Record<string, { mount: string }[]>;
      const names = (list: { mount: string }[] = []): string =>
        list.map(({ mount }) => mount).join();
      return `${names(filesystems)} -${names(missing)}`;
    }),
  );
}

describe('disk_usage', () => {
  it(
    'reads all mounts at once and then every interval, remote ones apart from local ones',
    marbles(({ expectObservable, flush }) => {
      const asked: string[] = [];
      const context = hostContext(diskUsage, {
        host: fakeHost({
          read: files,
          space: (mount, remote) => {
            asked.push(`${mount} ${remote ? 'remote' : 'local'}`);
            return answered();
          },
        }),
      });
      // Two local mounts in turn, 10 ms each; tick 2 comes at 60 s.
      const all = '/,/db,/nfs/a,/nfs/hung,/nfs/hung2 -';
      expectObservable(seen(diskUsage.read(context)), '61s !').toBe('20ms m 59999ms m', { m: all });
      flush();
      expect(asked.slice(0, 5)).toStrictEqual([
        '/nfs/a remote',
        '/nfs/hung remote',
        '/nfs/hung2 remote',
        '/ local',
        '/db local',
      ]);
    }),
  );

  it(
    'shows the other mounts while some hang, says so once, and frees the hung ones',
    marbles(({ expectObservable, flush }) => {
      let held = 0;
      let most = 0;
      const context = hostContext(diskUsage, {
        host: fakeHost({
          read: files,
          space: (mount) => {
            if (!mount.includes('hung')) return answered();
            most = Math.max(most, ++held);
            return NEVER.pipe(finalize(() => held--));
          },
        }),
      });
      const some = '/,/db,/nfs/a -/nfs/hung,/nfs/hung2';
      expectObservable(seen(diskUsage.read(context)), '130s !').toBe('2s m 59999ms m 59999ms m', {
        m: some,
      });
      flush();
      expect(context.troubles).toHaveLength(1);
      expect(context.troubles).toMatchObject([
        { code: 'ERR_FILE', message: expect.stringContaining('/nfs/hung2: no answer') as string },
      ]);
      expect({ held, most }).toStrictEqual({ held: 0, most: 2 });
    }),
  );

  it(
    'asks the next local mount when one hangs, and reports when the missing ones change',
    marbles(({ expectObservable, flush }) => {
      let round = 0;
      const context = hostContext(diskUsage, {
        host: fakeHost({
          read: (paths) => {
            round++;
            return files(paths);
          },
          space: (mount) => {
            if (mount === '/' && round === 1) return NEVER;
            if (mount === '/db' && round === 3) return throwError(() => new Error('/db: away'));
            return answered();
          },
        }),
      });
      expectObservable(seen(diskUsage.read(context)), '125s !').toBe(
        '2010ms a 58009ms b 59989ms c',
        {
          a: '/db,/nfs/a,/nfs/hung,/nfs/hung2 -/',
          b: '/,/db,/nfs/a,/nfs/hung,/nfs/hung2 -',
          c: '/,/nfs/a,/nfs/hung,/nfs/hung2 -/db',
        },
      );
      flush();
      expect(context.troubles.map(String)).toStrictEqual([
        'FileError: space is not known: /: no answer within 2000 ms',
        'FileError: space is not known: /db: away',
      ]);
    }),
  );

  it(
    'emits an empty list where nothing is left to show',
    marbles(({ expectObservable }) => {
      const context = hostContext(diskUsage, {
        host: fakeHost({ read: files, space: () => of({ ...space, blocks: 0 }) }),
        settings: { exclude_mounts: ['/nfs/*'] },
      });
      expectObservable(seen(diskUsage.read(context)), '1s !').toBe('m', { m: ' -' });
      const none = hostContext(diskUsage, {
        host: fakeHost({ read: files }),
        settings: { exclude_mounts: ['*'] },
      });
      expectObservable(seen(diskUsage.read(none)), '1s !').toBe('m', { m: ' -' });
    }),
  );

  it(
    'cancels what it asked when it is unsubscribed, and ends with stop within its grace',
    marbles(({ cold, expectObservable, flush }) => {
      let held = 0;
      const hung = fakeHost({
        read: files,
        space: () => {
          held++;
          return NEVER.pipe(finalize(() => held--));
        },
      });
      expectObservable(diskUsage.read(hostContext(diskUsage, { host: hung })), '1s !').toBe('');
      const stop$ = cold('1s s', { s: undefined });
      const context = hostContext(diskUsage, { host: hung, stop$ });
      // Two local mounts in turn, 2 s each, are cut off 3 s after stop.
      expectObservable(diskUsage.read(context)).toBe('4s |');
      flush();
      expect(held).toBe(0);
    }),
  );

  it(
    'reports a mount table that cannot be read',
    marbles(({ expectObservable, flush }) => {
      const context = hostContext(diskUsage, { host: fakeHost({ read: filesOf({}) }) });
      expectObservable(diskUsage.read(context), '1s !').toBe('');
      flush();
      expect(context.troubles).toMatchObject([{ code: 'ERR_UNAVAILABLE' }]);
    }),
  );

  it(
    'is not available elsewhere than on Linux',
    marbles(({ cold, expectObservable, flush }) => {
      const stop$ = cold('9s s', { s: undefined });
      const context = hostContext(diskUsage, { host: fakeHost({ platform: 'freebsd' }), stop$ });
      expectObservable(diskUsage.read(context)).toBe('9s |');
      flush();
      expect(context.troubles).toMatchObject([{ code: 'ERR_UNAVAILABLE' }]);
    }),
  );
});

describe.runIf(needs('Linux', process.platform === 'linux'))('disk_usage on this host', () => {
  it('agrees with statfs on the root file system', async () => {
    const port = host();
    try {
      const context = hostContext(diskUsage, { host: port });
      const { metric } = await lastValueFrom(diskUsage.read(context).pipe(take(1)));
      expect(check(metric)).toHaveProperty('json');
      const { filesystems } = metric as unknown as {
        filesystems: Record<string, number | string>[];
      };
      const root = filesystems.find(({ mount }) => mount === '/');
      const { bsize, blocks, bfree } = statfsSync('/');
      expect(root?.['total_bytes']).toBe(blocks * bsize);
      expect(Math.abs(Number(root?.['used_bytes']) - (blocks - bfree) * bsize)).toBeLessThan(
        2 ** 30,
      );
      expect(root?.['percent_used']).toBeGreaterThan(0);
      expect(new Set(filesystems.map(({ mount }) => mount)).size).toBe(filesystems.length);
      expect(filesystems.map(({ fstype }) => fstype)).not.toContain('proc');
    } finally {
      port.close();
    }
  });

  it(
    'says of a file system that it became read-only, not of one that always was',
    marbles(({ flush }) => {
      const became: string[] = [];
      function read(paths: readonly string[]): Observable<ReadonlyMap<string, string>> {
        const now = asyncScheduler.now() < 60_000 ? 'rw' : 'ro';
        const text = `1 0 8:1 / / rw - ext4 /dev/sda1 ro\n2 1 8:2 / /db rw - xfs /dev/sdb ${now}\n`;
        return filesOf({ '/proc/self/mountinfo': text })(paths);
      }
      const context = hostContext(diskUsage, { host: fakeHost({ read, space: answered }) });
      diskUsage
        .read(context)
        .pipe(take(3))
        .subscribe(({ metric }) => {
          expect(check(metric)).toHaveProperty('json');
          const list = metric['filesystems'] as { mount: string; became_read_only: boolean }[];
          became.push(list.flatMap((each) => (each.became_read_only ? each.mount : [])).join());
        });
      flush();
      expect(became).toEqual(['', '/db', '/db']);
      expect(String(context.troubles[0])).toContain('/db (xfs) became read-only');
    }),
  );
});
