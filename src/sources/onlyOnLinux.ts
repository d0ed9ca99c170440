import { NEVER, type Observable, concat, filter, ignoreElements, take, takeUntil, tap } from 'rxjs';
import { UnavailableError } from '../errors.ts';
import type { SectionSettings } from '../schema/config.ts';
import type { Context, Sample } from './source.ts';

/**
 * The source where the host runs Linux; elsewhere a quiet stream that says once, when the section is enabled, that
 * it is not available, and ends with `stop$`.
 */
export function onlyOnLinux<S extends SectionSettings>(
  context: Context<S>,
  needs: string,
  source: Observable<Sample>,
): Observable<Sample> {
  const { host, settings$, stop$, trouble } = context;
  if (host.platform === 'linux') return source;
  const said$ = settings$.pipe(
    filter(({ enabled }) => enabled),
    take(1),
    tap(() => {
      trouble(
        new UnavailableError(`not available: it needs ${needs}, which ${host.platform} lacks`),
      );
    }),
    ignoreElements(),
  );
  return concat(said$, NEVER).pipe(takeUntil(stop$));
}
