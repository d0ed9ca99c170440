import {
  type MonoTypeOperatorFunction,
  type Observable,
  combineLatest,
  distinctUntilChanged,
  filter,
  map,
} from 'rxjs';

/**
 * Holds the source's newest value back while `held$` is true.
 *
 *     source   -a--b--c-----d-
 *     held$    f-t------f-----
 *     result   -a-------c---d-
 *
 * Values in between are left out: for streams of which only the newest counts. Nothing comes before the first of `held$`.
 */
export const holdBack =
  <T>(held$: Observable<boolean>): MonoTypeOperatorFunction<T> =>
  (source) =>
    combineLatest([source, held$]).pipe(
      filter(([, held]) => !held),
      map(([value]) => value),
      distinctUntilChanged(),
    );
