import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileSystem } from '../../../src/sources/disk_usage/fileSystem.ts';
import { type Mount, mountinfo } from '../../../src/sources/disk_usage/mountinfo.ts';
import {
  type MountFilter,
  isRemote,
  realMounts,
} from '../../../src/sources/disk_usage/realMounts.ts';

const host = `22 27 0:21 / /proc rw,relatime - proc proc rw
23 27 0:22 / /sys rw,relatime shared:2 - sysfs sysfs rw
24 27 0:6 / /dev rw,relatime - devtmpfs devtmpfs rw,size=12334460k
25 24 0:23 / /dev/shm rw - tmpfs tmpfs rw
27 1 254:0 / / rw,relatime shared:1 master:7 propagate_from:2 - ext4 /dev/vda rw
28 27 8:17 / /var/lib/postgresql rw,noatime - xfs /dev/sdb1 rw
29 28 8:17 /16 /pg rw,noatime - xfs /dev/sdb1 rw
30 27 0:50 / /mnt/with\\040blank\\134\\011tab rw - nfs4 server:/export\\040two rw
31 27 0:51 / /home/me/remote rw - fuse.sshfs me@host: rw
32 27 0:52 / /tank ro - zfs tank rw
33 27 0:60 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw
34 27 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro
35 27 0:70 / /media rw - autofs systemd-1 rw
36 27 0:53 /@ /data rw - btrfs /dev/sdc rw
37 27 0:53 /@home /data/home rw - btrfs /dev/sdc rw
`;
const container = `1 0 0:60 / / rw - overlay overlay rw
2 1 8:1 /var/lib/docker/containers/x/hosts /etc/hosts rw - ext4 /dev/sda1 rw
3 1 8:1 /srv/volume /data rw - ext4 /dev/sda1 rw
4 1 8:1 /gone//deleted /x rw - ext4 /dev/sda1 rw
`;
const filter: MountFilter = { excludeMounts: [], excludeFstypes: ['tmpfs', 'squashfs'] };
const listed = (text: string, set = filter): string[] =>
  realMounts(mountinfo(text), set).map(({ mount }) => mount);

describe('mountinfo', () => {
  it('reads fields with escapes and any number of optional fields', () => {
    const mounts = mountinfo(host);
    expect(mounts[4]).toStrictEqual({
      number: '254:0',
      root: '/',
      mount: '/',
      fstype: 'ext4',
      device: '/dev/vda',
      readOnly: false,
    });
    expect(mounts[7]).toMatchObject({
      mount: '/mnt/with blank\\\ttab',
      device: 'server:/export two',
    });
    expect(mounts[9]).toMatchObject({ fstype: 'zfs', readOnly: true });
  });

  it('takes a file system that the kernel made read-only for read-only', () => {
    const [mount] = mountinfo(
      '28 27 8:17 / /db rw,noatime - ext4 /dev/sdb1 ro,errors=remount-ro\n',
    );
    expect(mount).toMatchObject({ mount: '/db', readOnly: true });
  });

  it('leaves out what it cannot read', () => {
    expect(mountinfo('\nnonsense\n1 2 3 - \n1 2 0:1 / /x rw\n')).toStrictEqual([]);
    fc.assert(fc.property(fc.string(), (text) => void mountinfo(text)));
  });

  it('reads back any mount point as the kernel writes it', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(name, name, (mount, device) => {
        const escaped = (text: string): string =>
          text.replace(
            /[ \t\n\\#]/g,
            (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`,
          );
        const line = `1 2 8:1 / ${escaped(mount)} rw shared:1 - ext4 ${escaped(device)} rw\n`;
        expect(mountinfo(line)).toMatchObject([{ mount, device }]);
      }),
      { examples: [['-', ' ']] },
    );
  });
});

describe('realMounts', () => {
  it('lists what holds data, each file system once', () => {
    expect(listed(host)).toStrictEqual([
      '/',
      '/data',
      '/home/me/remote',
      '/mnt/with blank\\\ttab',
      '/tank',
      '/var/lib/postgresql',
    ]);
  });

  it('takes overlay for the root of a container, and the shortest of its bind mounts', () => {
    expect(listed(container)).toStrictEqual(['/', '/data']);
  });

  it('shows the last mount of a mount point', () => {
    const twice = '1 0 8:1 / /a rw - ext4 /dev/sda1 rw\n2 1 8:2 / /a rw - xfs /dev/sda2 rw\n';
    expect(realMounts(mountinfo(twice), filter)).toMatchObject([{ fstype: 'xfs' }]);
  });

  it('leaves out by pattern, before it chooses among the mounts of one file system', () => {
    const set = {
      excludeMounts: ['/var/*'],
      excludeFstypes: ['fuse.*', 'nfs?', 'btrfs', 'zfs', 'tmpfs', 'squashfs'],
    };
    expect(listed(host, set)).toStrictEqual(['/', '/pg']);
    expect(listed(host, { ...filter, excludeFstypes: [] })).toEqual(
      expect.arrayContaining(['/dev/shm', '/snap/core/1']),
    );
  });

  it('knows which mounts may hang', () => {
    const mounts = realMounts(mountinfo(host), filter);
    expect(
      mounts.filter(({ fstype }) => isRemote(fstype)).map(({ fstype }) => fstype),
    ).toStrictEqual(['fuse.sshfs', 'nfs4']);
  });
});

describe('fileSystem', () => {
  const mount: Mount = {
    number: '8:1',
    root: '/',
    mount: '/',
    fstype: 'ext4',
    device: '/dev/sda1',
    readOnly: false,
  };
  const space = {
    blockSize: 4096,
    blocks: 1_000_000,
    blocksFree: 300_000,
    blocksAvailable: 250_000,
    files: 1000,
    filesFree: 900,
  };

  it('counts as df does: free is what users get, percent of used and available', () => {
    expect(fileSystem(mount, space)).toStrictEqual({
      mount: '/',
      device: '/dev/sda1',
      fstype: 'ext4',
      total_gb: 3.815,
      used_gb: 2.67,
      free_gb: 0.954,
      percent_used: 73.68,
      total_bytes: 4_096_000_000,
      used_bytes: 2_867_200_000,
      free_bytes: 1_024_000_000,
      inodes_total: 1000,
      inodes_used: 100,
      inodes_free: 900,
      inodes_percent_used: 10,
      read_only: false,
      became_read_only: false,
      low: false,
      remote: false,
      holds: [],
    });
  });

  it('says how many places there are beyond 100', () => {
    const place = { server: 'main', what: 'tablespace' as const, path: '/ts' };
    const of = (length: number) => Array.from({ length }, () => place);
    expect(fileSystem(mount, space, of(100))).not.toHaveProperty('holds_total');
    const cut = fileSystem(mount, space, of(101));
    expect(cut).toMatchObject({ holds: of(100), holds_total: 101 });
  });

  it('leaves out a file system without a size', () => {
    expect(fileSystem(mount, { ...space, blocks: 0 })).toBeNull();
  });

  it('has no inodes where the file system counts none', () => {
    expect(fileSystem(mount, { ...space, files: 0, filesFree: 0 })).toMatchObject({
      inodes_total: null,
      inodes_percent_used: null,
    });
  });

  it('counts bytes beyond 2^53 exactly', () => {
    const blocks = 2 ** 43 + 1;
    const huge = { ...space, blocks, blocksFree: 0, blocksAvailable: 0 };
    expect(fileSystem(mount, huge)).toMatchObject({
      total_bytes: '36028797018968064',
      percent_used: 100,
    });
  });

  it('masks a password in the address of a share', () => {
    const dav = { ...mount, device: 'https://me:secret@example.org/dav' };
    expect(fileSystem(dav, space)).toMatchObject({ device: 'https://***@example.org/dav' });
  });
});
