import type { Hold } from './hold.ts';
import type { Mount } from './mountinfo.ts';

/**
 * What the listed mounts hold, by mount point.
 *
 * A path lies on the mount whose mount point is nearest above it. Where that one is not listed since the file system is
 * listed at another mount point, that one holds it; where the file system is left out altogether, none does.
 *
 * @param mountAt - Finds the mount of a path, among all that the kernel lists.
 */
export function holds(
  places: readonly Hold[],
  mountAt: (path: string) => Mount | undefined,
  listed: readonly Mount[],
): ReadonlyMap<string, readonly Hold[]> {
  const found = new Map<string, Hold[]>();
  if (places.length === 0) return found;
  const shownAt = new Map(listed.map(({ number, mount }) => [number, mount]));
  for (const place of places) {
    const at = shownAt.get(mountAt(place.path)?.number ?? '');
    if (at === undefined) continue;
    const here = found.get(at);
    if (here) here.push(place);
    else found.set(at, [place]);
  }
  return found;
}
