import {
  type Observable,
  catchError,
  concatMap,
  defer,
  map,
  of,
  take,
  throwError,
  timeout,
} from 'rxjs';
import { FileError } from '../../errors.ts';
import type { Host } from '../../ports/host.ts';
import { isMissing } from '../isMissing.ts';
import type { Mount } from './mountinfo.ts';
import { isRemote } from './realMounts.ts';

/** Looks at paths of this host. Never errors. */
export interface Looks {
  /** Where a symbolic link points; null where there is none or that cannot be told. */
  readonly link: Host['link'];
  /** Whether a path is there; true where that cannot be told. */
  readonly isHere: (path: string) => Observable<boolean>;
}

/** Deadline of one look, in ms. */
const LOOK_MS = 2_000;

/**
 * Looks that hold one thread at most: nothing is looked at on remote mounts, and nothing at all any more after a look that had
 * no answer in time.
 *
 * @param mountAt$ - Which mount a path lies on: the newest at once. Looks wait for the first.
 */
export function looks(
  host: Pick<Host, 'link' | 'device'>,
  mountAt$: Observable<(path: string) => Mount | undefined>,
): Looks {
  let stuck = false;
  function look<T>(path: string, ask: () => Observable<T>): Observable<T> {
    return mountAt$.pipe(
      take(1),
      concatMap((mountAt) =>
        stuck || isRemote(mountAt(path)?.fstype ?? '') ? throwError(() => notAsked()) : ask(),
      ),
    );
  }
  function limited<T>(answer$: Observable<T>): Observable<T> {
    const late$ = defer(() => {
      stuck = true;
      return throwError(() => notAsked());
    });
    return answer$.pipe(timeout({ first: LOOK_MS, with: () => late$ }));
  }
  const held: Looks = {
    link: (path) => look(path, () => limited(host.link(path))).pipe(catchError(() => of(null))),
    isHere: (path) =>
      look(path, () => limited(host.device(path))).pipe(
        map(() => true),
        catchError((error: unknown) => of(!isMissing(error))),
      ),
  };
  return held;
}

const notAsked = (): FileError => new FileError('it is not looked at');
