import type { Mount } from './mountinfo.ts';

/**
 * Finds the mount that a path without symbolic links lies on: the one whose mount point is the path, or nearest above it. A
 * mount point that is mounted over shows its last mount.
 */
export function mountOf(mounts: readonly Mount[]): (path: string) => Mount | undefined {
  const byPoint = new Map(mounts.map((mount) => [mount.mount, mount]));
  return (path) => {
    for (let at = path; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
      const mount = byPoint.get(at);
      if (mount) return mount;
    }
    return byPoint.get('/');
  };
}
