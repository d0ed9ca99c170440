import { wildcard } from '../../schema/wildcard.ts';
import type { Mount } from './mountinfo.ts';

/** What is left out, as patterns. */
export interface MountFilter {
  readonly excludeMounts: readonly string[];
  readonly excludeFstypes: readonly string[];
}

/** File systems of the kernel's own that hold no data; asking `autofs` would mount something. */
const pseudo = new Set(
  `autofs bdev binfmt_misc bpf cgroup cgroup2 configfs cpuset debugfs devfs devpts devtmpfs efivarfs fusectl
  fuse.gvfsd-fuse fuse.lxcfs fuse.portal fuse.snapfuse hugetlbfs mqueue nfsd nsfs pipefs proc pstore ramfs rootfs
  rpc_pipefs securityfs selinuxfs smackfs sockfs sysfs tracefs`.split(/\s+/),
);

/** File systems behind a network, or shared with other hosts: a call may wait for as long as those are away. */
const remote = new Set(
  `9p afs beegfs ceph cifs coda gfs gfs2 glusterfs gpfs lustre ncpfs nfs nfs4 ocfs2 orangefs smb3 smbfs
  virtiofs`.split(/\s+/),
);

/** Whether asking this type may hang for longer than a disk does: network file systems, and those in user space. */
export const isRemote = (fstype: string): boolean =>
  remote.has(fstype) || fstype === 'fuse' || fstype.startsWith('fuse.') || fstype === 'fuseblk';

/**
 * The mounts that hold data, each file system once, by mount point.
 *
 * A file system that is mounted several times (bind mounts, subvolumes) is listed where all of it is mounted, else at its
 * shortest mount point. A mount point that is mounted over shows its last mount. `overlay` counts as the root file
 * system of a container only.
 */
export function realMounts(mounts: readonly Mount[], filter: MountFilter): readonly Mount[] {
  const visible = new Map(mounts.map((mount) => [mount.mount, mount]));
  const chosen = new Map<string, Mount>();
  for (const mount of visible.values()) {
    if (!isReal(mount) || isExcluded(mount, filter)) continue;
    const other = chosen.get(mount.number);
    if (!other || isBetter(mount, other)) chosen.set(mount.number, mount);
  }
  return [...chosen.values()].sort((a, b) => (a.mount < b.mount ? -1 : 1));
}

const isReal = ({ fstype, mount, root }: Mount): boolean =>
  !pseudo.has(fstype) && !root.endsWith('//deleted') && (fstype !== 'overlay' || mount === '/');

const isExcluded = ({ fstype, mount }: Mount, filter: MountFilter): boolean =>
  filter.excludeFstypes.some((pattern) => wildcard(pattern, fstype)) ||
  filter.excludeMounts.some((pattern) => wildcard(pattern, mount));

const isBetter = (a: Mount, b: Mount): boolean =>
  (a.root === '/') === (b.root === '/') ? a.mount.length < b.mount.length : a.root === '/';
