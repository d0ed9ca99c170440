import type { Static } from '@sinclair/typebox';
import {
  type Observable,
  catchError,
  concatMap,
  from,
  map,
  merge,
  mergeMap,
  of,
  throwError,
  timeout,
  toArray,
} from 'rxjs';
import { FileError, messageOf } from '../../errors.ts';
import type { Host } from '../../ports/host.ts';
import { record, text } from '../../schema/fields.ts';
import { type FileSystem, fileSystem } from './fileSystem.ts';
import type { Hold } from './hold.ts';
import type { Mount } from './mountinfo.ts';
import { isRemote } from './realMounts.ts';

/** `disk_usage.missing[]` */
export const Missing = record({
  mount: text('where it is mounted'),
  fstype: text('e.g. nfs4'),
  reason: text('why its space is not known'),
});

/** A file system; a mount without an answer; null for one without a size. */
export type Found = Static<typeof FileSystem> | Static<typeof Missing> | null;

/** Deadline of one mount, in ms. */
const MOUNT_TIMEOUT_MS = 2_000;

/**
 * Emits what was found for every mount, in their order.
 *
 *     nfs /a      --a|
 *     nfs /hung   ---------#           no answer: unsubscribed, which ends its process
 *     local /     a|
 *     local /db   -a|                  local mounts in turn: hung ones hold one thread at a time
 *     result      ---------(r|)
 *
 * Never errors for a mount.
 *
 * @param held - What lies on the mounts, by mount point.
 */
export function spaces(
  host: Host,
  mounts: readonly Mount[],
  held: ReadonlyMap<string, readonly Hold[]> = new Map(),
): Observable<readonly Found[]> {
  const numbered = mounts.map((mount, index) => ({ mount, index, holds: held.get(mount.mount) }));
  return merge(
    from(numbered.filter(({ mount }) => isRemote(mount.fstype))).pipe(
      mergeMap((each) => found(host, each)),
    ),
    from(numbered.filter(({ mount }) => !isRemote(mount.fstype))).pipe(
      concatMap((each) => found(host, each)),
    ),
  ).pipe(
    toArray(),
    map((all) => all.sort((a, b) => a.index - b.index).map(({ found }) => found)),
  );
}

function found(
  host: Host,
  { mount, index, holds }: { mount: Mount; index: number; holds: readonly Hold[] | undefined },
): Observable<{ found: Found; index: number }> {
  return space(host, mount, holds).pipe(map((answer) => ({ found: answer, index })));
}

function space(host: Host, mount: Mount, holds: readonly Hold[] | undefined): Observable<Found> {
  return host.space(mount.mount, isRemote(mount.fstype)).pipe(
    timeout({
      first: MOUNT_TIMEOUT_MS,
      with: () =>
        throwError(() => new FileError(`${mount.mount}: no answer within ${MOUNT_TIMEOUT_MS} ms`)),
    }),
    map((answer) => fileSystem(mount, answer, holds)),
    catchError((error: unknown) =>
      of({ mount: mount.mount, fstype: mount.fstype, reason: messageOf(error) }),
    ),
  );
}
