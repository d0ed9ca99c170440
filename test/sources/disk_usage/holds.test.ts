import { NEVER, type Observable, concat, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { FileError } from '../../../src/errors.ts';
import type { Host } from '../../../src/ports/host.ts';
import { holds } from '../../../src/sources/disk_usage/holds.ts';
import { looks } from '../../../src/sources/disk_usage/looks.ts';
import { mountinfo } from '../../../src/sources/disk_usage/mountinfo.ts';
import { mountOf } from '../../../src/sources/disk_usage/mountOf.ts';
import { realMounts } from '../../../src/sources/disk_usage/realMounts.ts';
import { realPath } from '../../../src/sources/disk_usage/realPath.ts';
import { marbles } from '../../support/marbles.ts';

const all = mountinfo(`1 0 8:1 / / rw - ext4 /dev/sda1 rw
2 1 8:2 / /pg rw - xfs /dev/sdb rw
3 1 8:2 /16 /var/lib/postgresql/16 rw - xfs /dev/sdb rw
4 1 8:3 / /pg/16 rw - ext4 /dev/sdc rw
5 1 8:4 / /pg/16 rw - ext4 /dev/sdd rw
6 1 0:9 / /fast rw - tmpfs tmpfs rw
7 1 0:10 / /nfs rw - nfs4 a:/ rw
`);
const mountAt = mountOf(all);

describe('mountOf', () => {
  it.each([
    ['/', '/'],
    ['/etc', '/'],
    ['/pg', '/pg'],
    ['/pg/data/x', '/pg'],
    ['/pgdata', '/'],
    ['/var/lib/postgresql/16/main', '/var/lib/postgresql/16'],
    ['/var/lib/postgresql', '/'],
  ])('finds the nearest mount point above %s by whole names', (path, expected) => {
    expect(mountAt(path)?.mount).toBe(expected);
  });

  it('takes the last of several mounts at one mount point', () => {
    expect(mountAt('/pg/16/data')?.device).toBe('/dev/sdd');
  });

  it('finds none where nothing is mounted', () => {
    expect(mountOf([])('/a')).toBeUndefined();
  });
});

describe('holds', () => {
  const listed = realMounts(all, { excludeMounts: [], excludeFstypes: ['tmpfs'] });
  const place = (path: string) => ({ server: 'main', what: 'tablespace' as const, path });
  const held = (...paths: string[]) =>
    [...holds(paths.map(place), mountAt, listed)].map(
      ([mount, places]) => `${mount}: ${places.map(({ path }) => path).join()}`,
    );

  it('tells what the listed mounts hold', () => {
    expect(held('/pg/a', '/srv', '/pg/b')).toEqual(['/pg: /pg/a,/pg/b', '/: /srv']);
  });

  it('names the mount that a file system is listed at, not the bind mount of the path', () => {
    expect(held('/var/lib/postgresql/16/main')).toEqual(['/pg: /var/lib/postgresql/16/main']);
  });

  it('takes nothing as held by another mount where that of the path is left out', () => {
    expect(held('/fast/ts')).toEqual([]);
  });
});

/** `readlink` over some links. */
function linksOf(links: Readonly<Record<string, string>>): Host['link'] {
  return (path) => of(links[path] ?? null);
}

describe('realPath', () => {
  const links = {
    '/data': '/mnt/big/pg',
    '/mnt/big': '../disks/./b/',
    '/disks/b/pg/pg_wal': '../../../wal',
    '/a': '/b',
    '/b': '/a',
    '/up': '/../..',
  };

  it.each([
    ['/', '/'],
    ['/srv/pg', '/srv/pg'],
    ['/srv//pg/', '/srv/pg'],
    ['/data', '/disks/b/pg'],
    ['/data/pg_wal', '/wal'],
    ['/up/x', '/x'],
    ['/a/x', '/a/x'],
  ])('follows the links of %s', (path, expected) => {
    const found: string[] = [];
    realPath(path, linksOf(links)).subscribe((real) => found.push(real));
    expect(found).toEqual([expected]);
  });
});

describe('looks', () => {
  const missing = new FileError('gone', { cause: { code: 'ENOENT' } });
  const closed = new FileError('closed', { cause: { code: 'EACCES' } });

  it('takes what may not be seen as here, and only what is missing as not here', () => {
    const seen: boolean[] = [];
    function device(path: string): Observable<number> {
      if (path === '/here') return of(1);
      return throwError(() => (path === '/gone' ? missing : closed));
    }
    const { isHere } = looks({ link: linksOf({}), device }, of(mountAt));
    for (const path of ['/here', '/gone', '/closed']) isHere(path).subscribe((is) => seen.push(is));
    expect(seen).toEqual([true, false, true]);
  });

  it(
    'waits 2 s once, and then looks at nothing any more',
    marbles(({ expectObservable, flush }) => {
      const asked: string[] = [];
      function hung(path: string): Observable<never> {
        asked.push(path);
        return NEVER;
      }
      const { link, isHere } = looks({ link: hung, device: hung }, of(mountAt));
      const all$ = concat(link('/a'), link('/b'), isHere('/b'));
      expectObservable(all$).toBe('2s (nny|)', { n: null, y: true });
      flush();
      expect(asked).toEqual(['/a']);
    }),
  );

  it('does not look at remote mounts', () => {
    const asked: string[] = [];
    function link(path: string): Observable<null> {
      asked.push(path);
      return of(null);
    }
    const look = looks({ link, device: () => NEVER }, of(mountAt));
    const real: string[] = [];
    realPath('/nfs/pg', look.link).subscribe((path) => real.push(path));
    look.isHere('/nfs/pg').subscribe((is) => real.push(String(is)));
    expect(real).toEqual(['/nfs/pg', 'true']);
    expect(asked).toEqual([]);
  });
});
